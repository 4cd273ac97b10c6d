"""A run that is killed goes on where it was, and is there whole or not at all."""

import pytest

pytest.importorskip("sacrebleu")

from switchboard.errors import ConfigurationError
from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.measuring import BATCH, Measuring
from switchboard.reply_quality.outcome_figures import AnsweredFigure
from switchboard.reply_quality.overlap_figures import BleuFigure
from switchboard.reply_quality.run_file import DONE, PART, RunFile

DEPENDS = {"code": "1"}
FIGURES = (AnsweredFigure(), BleuFigure())
ROWS = 5 * BATCH


class Killed(BaseException):
    """Stands for a process that ends anywhere."""


class Echo:
    """A version that says the question again, and dies when it was asked often enough."""

    def __init__(self, dies_after=10**9):
        self.asked, self.dies_after = [], dies_after

    def ask(self, pairs):
        for pair in pairs:
            if len(self.asked) >= self.dies_after:
                raise Killed
            self.asked.append(pair.line)
        return [GivenReply(pair, pair.question, "article") for pair in pairs]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "answers.tsv"
    lines = ["question\treference\tlanguage\n"]
    for number in range(ROWS):
        # Every tenth is damaged; the same question comes again and again.
        row = f"question {number % 7} of them\tanswer {number % 7} of them\ten\n"
        lines.append("\tno question\ten\n" if number % 10 == 3 else row)
    path.write_text("".join(lines))
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def measure(source, table, folder, depends=DEPENDS):
    return Measuring(FIGURES, source).measure(table, folder, depends)


def told(run):
    return [
        (row.line, row.said, row.statistics.tolist()) for chunk in run.rows("en") for row in chunk
    ]


def test_a_killed_run_goes_on_and_comes_to_the_same(table, folder, tmp_path):
    (tmp_path / "whole").mkdir()
    whole = measure(Echo(), table, tmp_path / "whole")
    for dies_after in (0, 3, BATCH + 5, BATCH):
        with pytest.raises(Killed):
            measure(Echo(dies_after), table, folder)
        assert not (folder / DONE).exists()
        with pytest.raises(ConfigurationError, match="no finished run"):
            RunFile.done(folder)
    last = Echo()
    run = measure(last, table, folder)
    assert last.asked[0] > BATCH  # what was measured is not asked again
    assert told(run) == told(whole)
    assert run.damaged == whole.damaged == [("no question", 5, ROWS // 10)]
    assert not list(folder.glob(f"{PART}*"))


def test_a_run_that_is_done_is_not_measured_again(table, folder):
    measure(Echo(), table, folder).close()
    again = Echo()
    assert measure(again, table, folder).is_done
    assert again.asked == []


@pytest.mark.parametrize("change", ["depends", "table"])
def test_what_was_measured_of_something_else_is_not_gone_on_with(table, folder, change):
    with pytest.raises(Killed):
        measure(Echo(BATCH * 2), table, folder)
    depends = {"code": "2"} if change == "depends" else DEPENDS
    if change == "table":
        table.write_text(table.read_text().replace("answer 1", "answer one"))
    source = Echo()
    assert measure(source, table, folder, depends).count == ROWS - ROWS // 10
    assert source.asked[0] == 2


def test_a_part_that_cannot_be_read_is_begun_anew(table, folder):
    (folder / PART).write_bytes(b"SQLite format 3\0 and then nothing of the kind" * 100)
    assert measure(Echo(), table, folder).count == ROWS - ROWS // 10


def test_the_run_before_stays_until_the_new_one_is_done(table, folder):
    measure(Echo(), table, folder).close()
    with pytest.raises(Killed):
        measure(Echo(BATCH), table, folder, {"code": "2"})
    before = RunFile.done(folder)
    assert before.identity["code"] == "1"
    assert before.count == ROWS - ROWS // 10


def test_runs_are_paired_by_question_and_by_its_place_among_equals(table, folder, tmp_path):
    (tmp_path / "other").mkdir()
    lines = table.read_text().splitlines(keepends=True)
    other_table = tmp_path / "other.tsv"
    other_table.write_text("".join([lines[0], *reversed(lines[200:])]))
    run = measure(Echo(), table, folder)
    other = measure(Echo(), other_table, tmp_path / "other")
    pairs = [sides for sides in run.beside(other, "en")]
    assert sum(len(mine) for mine, _ in pairs) == other.count
    assert all((mine == theirs).all() for mine, theirs in pairs)


def test_what_the_assistant_said_is_kept_without_personal_data(folder, tmp_path):
    table = tmp_path / "personal.tsv"
    table.write_text("question\treference\nis it ada.quinn@example.com?\tYes.\n")
    (said,) = [row[1] for row in told(measure(Echo(), table, folder))]
    assert said == "is it [email]?"
    assert b"ada.quinn" not in (folder / DONE).read_bytes()
