"""`switchboard evaluate conversations` on a database of its own."""

import pytest
import sqlalchemy as sa

from switchboard.cli.app import run
from switchboard.cli.evaluate_conversations import write_whole
from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import open_database
from switchboard.database.tables import turns
from tests.overview.rows import turn


@pytest.fixture
def filled(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'talks.db'}"
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    engine = open_database(url)
    at = epoch_now() - DAY
    with engine.begin() as db:
        for row in (
            turn("telegram:kim", at),
            turn("b", at, result="failed"),
            turn("c", at - 40 * DAY),
        ):
            db.execute(sa.insert(turns), row)
    engine.dispose()
    return tmp_path


def test_it_scores_and_reports(filled, capsys):
    assert run(["evaluate", "conversations"]) == 0
    shown = capsys.readouterr()
    assert "2 of 2 conversations scored" in shown.err
    assert "no answer -40" in shown.out
    assert "What a conversation costs" in shown.out
    assert "kim" not in shown.out
    assert run(["evaluate", "conversations"]) == 0
    assert "scored" not in capsys.readouterr().err  # nothing is new


def test_every_conversation_as_csv(filled, capsys):
    file = filled / "scores.csv"
    assert run(["evaluate", "conversations", "--days", "7", "--csv", str(file)]) == 0
    assert f"{file}: 2 conversations of 7 days" in capsys.readouterr().out
    lines = file.read_text().splitlines()
    assert [line.split(",")[3] for line in lines[1:]] == ["60", "100"]
    assert run(["evaluate", "conversations", "--days", "100", "--csv", "-"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_a_file_that_cannot_be_written_is_said_in_one_line(filled, capsys):
    assert run(["evaluate", "conversations", "--csv", str(filled / "no" / "such.csv")]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("switchboard: No such file")
    assert run(["evaluate", "conversations", "--days", "0"]) == 2


def test_nothing_is_half_written(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("as it was")

    def parts():
        yield "a,b\r\n1,2\r\n"
        raise OSError("the disk is full")

    with pytest.raises(OSError):
        write_whole(file, parts())
    assert file.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert write_whole(file, iter(["a\r\n", "1\r\n2\r\n"])) == 2
