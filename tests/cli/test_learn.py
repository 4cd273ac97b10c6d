"""`switchboard learn`: whole folders or none, and one line for what cannot be."""

import json
import shutil

import pytest

from switchboard.cli import learn_export
from switchboard.cli.app import run
from switchboard.collecting.nlu_file import read_examples
from switchboard.collecting.work_file import WorkFile
from switchboard.database.connection import open_database
from switchboard.project import PROJECT as ROOT
from switchboard.tickets.macros import Macros
from tests.collecting.talks import BEGAN, bot, keep, keep_rating, user

PERIOD = ("--since", "2025-11-01", "--until", "2025-12-01")


@pytest.fixture
def talks(empty_database, tmp_path, monkeypatch):
    """A database with three conversations, and a shop whose drafts may be written."""
    shutil.copy(empty_database, tmp_path / "switchboard.db")
    url = f"sqlite:///{tmp_path / 'switchboard.db'}"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    data = tmp_path / "shop"
    ignore = shutil.ignore_patterns("nlu", "stories", "rules", "questions", "drafts")
    shutil.copytree(ROOT / "data", data, ignore=ignore)
    (data / "nlu").mkdir()
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(data))
    engine = open_database(url)
    for n, text in enumerate(("where is order 4711", "may I return it?", "保修几年")):
        keep(engine, f"web:{n}", [user(text, BEGAN), bot("That is told here.", BEGAN + 1)])
        keep_rating(engine, f"web:{n}", BEGAN + 9, 5, ticket=f"C-{n}")
    yield engine
    engine.dispose()


def export(folder, *more):
    return run(["learn", "export", str(folder), *PERIOD, "--no-check", *more])


def test_an_export_is_a_whole_folder(talks, tmp_path, capsys):
    folder = tmp_path / "out" / "november"
    assert export(folder) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "CARD.md",
        "judged.jsonl",
        "label-studio.json",
        "label-studio.xml",
        "nlu.yml",
        "preferences.jsonl",
        "supervised.jsonl",
    ]
    assert [p.name for p in folder.parent.iterdir()] == ["november"]
    assert {e.text for _, e in read_examples(folder / "nlu.yml")} == {
        "where is order [number]",
        "may I return it?",
        "保修几年",
    }
    tasks = json.loads((folder / "label-studio.json").read_text())
    assert len(tasks) == 3
    assert "3 of 3 conversations, 3 messages" in capsys.readouterr().out
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_what_is_there_is_not_written_over(talks, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert export(tmp_path / "out") == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_an_export_that_fails_shows_no_folder_and_goes_on(talks, tmp_path, monkeypatch, capsys):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device", "nlu.yml")

    import switchboard.collecting.export_files as files

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_examples", full)
        assert export(tmp_path / "out") == 2
    assert "No space left" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert export(tmp_path / "out") == 0
    assert "3 of 3 conversations" not in capsys.readouterr().out, "they are not read again"
    assert (tmp_path / "out" / "nlu.yml").exists()


def test_other_options_need_to_begin_anew(talks, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(WorkFile, "remove", lambda _self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'switchboard.db'}")
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(tmp_path / "shop"))
    assert export(tmp_path / "out", "--consent-given") == 2
    assert "--anew" in capsys.readouterr().err
    assert export(tmp_path / "out", "--consent-given", "--anew") == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--formats", "pdf"], "any of nlu"),
        (["--since", "soon"], "2026-11-01"),
        (["--since", "2025-12-01", "--until", "2025-11-01"], "before"),
    ],
)
def test_wrong_options_are_told(talks, tmp_path, capsys, arguments, told):
    assert run(["learn", "export", str(tmp_path / "out"), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_labels_come_in(talks, tmp_path, capsys):
    tasks = [{"text": "where is my parcel", "intent": "track_order"}, {"text": "hm", "intent": "x"}]
    (tmp_path / "labels.json").write_text(json.dumps(tasks))
    out = tmp_path / "labels.yml"
    command = ["learn", "import-labels", str(tmp_path / "labels.json"), "--out", str(out)]
    assert run(command) == 1, "one was left out"
    assert "no such intent: 'x' for hm" in capsys.readouterr().out
    assert [e.text for _, e in read_examples(out)] == ["where is my parcel"]


def test_a_canned_text_is_accepted_once_it_is_there_in_both_languages(talks, tmp_path, capsys):
    drafts = tmp_path / "shop" / "drafts"
    drafts.mkdir(exist_ok=True)
    path = drafts / "canned.yml"
    path.write_text("canned: {thanks: {en: Thank you., zh: ''}, wrong: {en: '{no}', zh: x}}")
    assert run(["learn", "accept-canned", "thanks"]) == 2
    assert "missing" in capsys.readouterr().err
    assert run(["learn", "accept-canned", "wrong"]) == 2
    assert run(["learn", "accept-canned", "none"]) == 1
    path.write_text("canned: {thanks: {en: 'Thank you, [name].', zh: 谢谢}}")
    assert run(["learn", "accept-canned", "thanks"]) == 2
    assert "[name] stands for something personal" in capsys.readouterr().err
    path.write_text("canned: {thanks: {en: Thank you., zh: 谢谢。}}")
    assert run(["learn", "accept-canned", "thanks"]) == 0
    assert "thanks" not in path.read_text()
    known = Macros(talks, tmp_path / "shop" / "canned.yml", None).all()
    assert [m.chinese for m in known if m.name == "thanks"] == ["谢谢。"]


@pytest.mark.parametrize("command", ["import-labels", "import-chats"])
def test_a_file_that_is_not_there_is_told(command, tmp_path, capsys):
    more = ["--agents", "ada"] if command == "import-chats" else []
    assert run(["learn", command, str(tmp_path / "none.csv"), *more]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_model_is_not_trained_where_it_cannot_be(tmp_path, capsys):
    arguments = ["learn", "fine-tune", str(tmp_path), "--out", str(tmp_path / "model")]
    assert run(arguments) == 2
    assert "supervised.jsonl" in capsys.readouterr().err
    (tmp_path / "supervised.jsonl").write_text("")
    assert run([*arguments, "--model", str(tmp_path / "weights")]) == 2
    assert "nothing is downloaded" in capsys.readouterr().err
    (tmp_path / "model").mkdir()
    assert run(arguments) == 2
    assert "there already" in capsys.readouterr().err


def test_intents_with_examples_alone_are_known():
    known = learn_export.known_intents()
    assert "track_order" in known
    assert not {"nlu_fallback", "send_attachment", "negative_sentiment"} & known
