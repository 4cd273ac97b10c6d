"""`switchboard evaluate replies`, from tables to a report."""

import json

import pytest

pytest.importorskip("sacrebleu")

from switchboard.cli.app import run
from switchboard.project import PROJECT as ROOT
from switchboard.reply_quality.run_file import PART
from tests.cli.test_failures import refused

PAIRS = ROOT / "tests" / "reply_quality" / "pairs"
CHEAP = "answered,facts,bleu,chrf,rouge1,rougel,meteor"


@pytest.fixture(autouse=True)
def own_database(monkeypatch, tmp_path):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")


def evaluate(folder, against, *more):
    arguments = ["--against", str(against), "--out", str(folder), "--samples", "300", *more]
    assert run(["evaluate", "replies", *arguments]) == 0
    return json.loads((folder / "figures.json").read_text())


def verdicts(told, language):
    figures = told["languages"][language]["figures"]
    return {name: row["difference"]["verdict"] for name, row in figures.items()}


def test_facts_and_grounds_tell_a_careful_version_from_a_careless_one(tmp_path, capsys):
    """Pairs of our own making: the careful replies are right in other words, the careless ones are
    the references with a wrong number, a turned no, a country too many."""
    versus = ("--versus", str(PAIRS / "careless.tsv"))
    figures = ("--figures", "grounded,facts,bleu,similarity,perplexity")
    told = evaluate(tmp_path / "out", PAIRS / "careful.tsv", *versus, *figures)
    for language in ("en", "zh"):
        found = verdicts(told, language)
        assert (found["grounded"], found["facts"]) == ("better", "better")
        # What is near to the reference's letters misleads.
        assert {found[name] for name in ("bleu", "similarity", "perplexity")} == {"worse"}
    shown = capsys.readouterr().out
    assert "careless: much overlap, and yet ungrounded or a fact short" in shown
    assert "facts that no statement holds" in shown
    assert (tmp_path / "out" / "figures.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / "report.md").read_text() in shown


def test_what_has_no_reply_the_assistant_is_asked(tmp_path, capsys):
    table = tmp_path / "asked.tsv"
    rows = (PAIRS / "answers.tsv").read_text().splitlines(keepends=True)
    table.write_text("".join([rows[0], rows[2], rows[20], rows[22], rows[40]]))
    evaluate(tmp_path / "out", table, "--figures", "answered,facts")
    lines = (tmp_path / "out" / "rows.tsv").read_text().splitlines()
    shown = [line.split("\t") for line in lines]
    assert shown[0][:5] == ["line", "language", "outcome", "reply", "against"]
    said = {row[1]: row[3] for row in shown[1:] if row[2] == "article"}
    assert set(said) == {"en", "zh"}
    assert all("€3.90" in reply for reply in said.values())
    assert [row[2] for row in shown[1:]].count("nowhere") == 2  # the weather
    assert not (tmp_path / "none.db").exists()  # asking leaves nothing behind


def test_a_version_is_compared_with_an_earlier_run(tmp_path):
    evaluate(tmp_path / "before", PAIRS / "careless.tsv", "--figures", CHEAP)
    more = ("--versus", str(tmp_path / "before"), "--figures", f"{CHEAP},rouge2")
    told = evaluate(tmp_path / "now", PAIRS / "careful.tsv", *more)
    found = verdicts(told, "en")
    assert set(found) == set(CHEAP.split(","))  # what both have
    assert (found["facts"], found["chrf"]) == ("better", "worse")


def test_damaged_rows_are_counted_and_cost_nothing_else(tmp_path, capsys):
    table = tmp_path / "damaged.tsv"
    content = (PAIRS / "careful.tsv").read_bytes()
    table.write_bytes(content + b"\xff\xfe\xfa\tx\n" * 3 + b"alone\n")
    told = evaluate(tmp_path / "out", table, "--figures", "answered")
    assert told["damaged"] == {"neither UTF-8, UTF-16 nor GB18030": 3, "no reference": 1}
    assert told["languages"]["en"]["replies"] == 20
    assert "| no reference | 1 | line 45 |" in capsys.readouterr().out


def test_goals_stand_beside_the_figures(tmp_path):
    results = tmp_path / "goals.jsonl"
    row = {"language": "en", "person": 0, "reached": True}
    lines = [json.dumps({**row, "goal": f"goal {n}", "reached": n > 2}) for n in range(12)]
    results.write_text("\n".join(lines))
    more = ("--figures", "answered", "--goals", str(results))
    told = evaluate(tmp_path / "out", PAIRS / "careful.tsv", *more)
    assert told["languages"]["en"]["figures"]["goals reached"]["value"] == 0.75


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--against", "nowhere.tsv"), "there is no file nowhere.tsv"),
        (("--against", str(PAIRS / "careful.tsv"), "--figures", "bleurt"), "no figure 'bleurt'"),
        (("--against", str(ROOT / "README.md")), "must name the columns"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_line(capsys, tmp_path, arguments, why):
    out = tmp_path / "out"
    assert why in refused(capsys, "evaluate", "replies", *arguments, "--out", str(out))
    assert not list(out.glob("report*"))


def test_a_folder_without_a_finished_run_is_no_version(capsys, tmp_path):
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / PART).write_bytes(b"")
    arguments = ("--against", str(PAIRS / "careful.tsv"), "--versus", str(tmp_path / "begun"))
    figures = ("--figures", "answered", "--out", str(tmp_path / "out"))
    assert run(["evaluate", "replies", *arguments, *figures]) == 2
    assert "no finished run of replies" in capsys.readouterr().err
