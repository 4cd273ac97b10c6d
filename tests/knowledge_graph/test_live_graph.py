"""The stored graph, what makes it stale, and a broken file of any kind."""

import json
import os
import shutil
import time

import pytest

from switchboard.errors import ConfigurationError
from switchboard.knowledge_graph import live_graph
from switchboard.knowledge_graph.graph_export import as_networkx, untold, way, write_graphml
from switchboard.knowledge_graph.graph_file import checksum, read_graph, write_graph
from switchboard.knowledge_graph.live_graph import LiveGraph, store_graph
from tests.conftest import DATA

QUESTION = "can the bread knife go in the dishwasher"


@pytest.fixture
def data(tmp_path):
    """A shop of four articles."""
    folder = tmp_path / "data"
    for name in ("graph.yml", "catalogue.yml", "policy.yml"):
        folder.mkdir(exist_ok=True)
        shutil.copy(DATA / name, folder / name)
    for name in ("en/care-wood", "en/care-stoneware", "zh/care-wood", "zh/care-stoneware"):
        target = folder / "articles" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / "articles" / f"{name}.md", target)
    return folder


def test_it_is_stored_once_and_read_back_as_it_was(data, phrasebook, tmp_path):
    file = tmp_path / "graph.json"
    assert store_graph(data, phrasebook, file)
    assert file.stat().st_mode & 0o777 == 0o644
    written = file.stat().st_mtime_ns
    assert store_graph(data, phrasebook, file)
    assert file.stat().st_mtime_ns == written
    stored = read_graph(checksum(data), file)
    file.unlink()
    store_graph(data, phrasebook, file)
    built = read_graph(checksum(data), file)
    assert (stored.names, stored.edges, stored.said, stored.facts) == (
        built.names,
        built.edges,
        built.said,
        built.facts,
    )
    assert LiveGraph(data, phrasebook, file).find(QUESTION) is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"made_of": "x"}', "\0"])
def test_a_damaged_file_is_built_anew(data, phrasebook, tmp_path, content):
    file = tmp_path / "graph.json"
    file.write_text(content)
    assert LiveGraph(data, phrasebook, file).find(QUESTION) is not None
    store_graph(data, phrasebook, file)
    assert json.loads(file.read_text())["made_of"] == checksum(data)


def test_a_write_that_fails_leaves_the_old_file(data, phrasebook, tmp_path, graph, monkeypatch):
    file = tmp_path / "graph.json"
    store_graph(data, phrasebook, file)
    before = file.read_bytes()

    def full(*_given, **_more):
        raise OSError("no space left")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(OSError, match="no space"):
        write_graph(graph, "another", file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_changed_article_is_told_within_seconds(data, phrasebook, tmp_path, monkeypatch):
    monkeypatch.setattr(live_graph, "LOOK_SECONDS", 0.0)
    live = LiveGraph(data, phrasebook, tmp_path / "graph.json")
    assert "Never put wood" in str(live.find(QUESTION).path)
    article = data / "articles" / "en" / "care-wood.md"
    text = article.read_text().replace("Never put wood in the dish", "Keep wood from a dish")
    text = text.replace("Keep wood from a dishwasher", "No wood goes in the dishwasher")
    article.write_text(text)
    os.utime(article, (time.time() + 5, time.time() + 5))
    until = time.monotonic() + 20
    told = ""  # nothing, while the graph is being built
    while "No wood goes" not in told and time.monotonic() < until:
        time.sleep(0.05)
        told = str(live.find(QUESTION))
    assert "No wood goes in the dishwasher" in told


def test_a_shop_without_the_file_has_no_graph(data, phrasebook, tmp_path):
    file = tmp_path / "graph.json"
    store_graph(data, phrasebook, file)
    (data / "graph.yml").unlink()
    assert not store_graph(data, phrasebook, file)
    assert not file.exists()
    assert LiveGraph(data, phrasebook, file).find(QUESTION) is None


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "properties: {x: {ask: {en: '('}}}",
        "properties: {x: {}}",
        "kinds: 3",
        "goes_with: [[1]]",
    ],
)
def test_a_wrong_file_is_named(data, phrasebook, tmp_path, content):
    (data / "graph.yml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"graph\.yml"):
        LiveGraph(data, phrasebook, tmp_path / "graph.json")


def test_a_file_that_turns_wrong_is_logged_and_nothing_answered(data, phrasebook, tmp_path, caplog):
    live = LiveGraph(data, phrasebook, tmp_path / "graph.json")
    (data / "graph.yml").write_text("[")
    live.refresh()
    assert "no graph" in caplog.text
    assert live.find(QUESTION) is None


def test_a_broken_article_leaves_the_others(data, phrasebook, tmp_path, caplog):
    (data / "articles" / "en" / "care-stoneware.md").write_text("no head")
    live = LiveGraph(data, phrasebook, tmp_path / "graph.json")
    assert "article not read" in caplog.text
    assert live.find(QUESTION) is not None


def test_networkx_sees_the_same_graph(graph, tmp_path):
    made = as_networkx(graph)
    assert set(made.edges(keys=True)) > {(e.source, e.target, e.relation) for e in graph.edges}
    assert way(graph, "product:TB-106", "material:wood") == [
        "Bread knife —part of→ oak",
        "oak —is→ wood",
    ]
    assert way(graph, "material:wood", "product:TB-106") == []
    assert set(untold(graph)) == {
        "product:TB-105",
        "product:KI-202",
        "product:KI-204",
        "product:LV-306",
    }
    write_graphml(graph, tmp_path / "shop.graphml")
    assert "<graphml" in (tmp_path / "shop.graphml").read_text()
    with pytest.raises(ConfigurationError, match="not in the graph"):
        way(graph, "product:nothing", "material:wood")
