"""Tables of questions and answers in any encoding, whole or damaged."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.errors import ConfigurationError
from switchboard.reply_quality.answer_pairs import AnswerPair, DamagedRow
from switchboard.reply_quality.pairs_file import MAX_LINE, read_pairs

TABLE = (
    "question\treference\tlanguage\treply\n"
    "Can I return it?\tWithin 30 days.\ten\tYes, for 30 days.\n"
    "上周买的碗，能退吗？\t签收后 30 天内可以退。\tzh\t可以，三十天内。\n"
)


def read(path, content, after=0):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_pairs(path, after))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.tsv"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_reads_the_same_in_every_encoding(path, encoding, end):
    rows = read(path, TABLE.replace("\n", end).encode(encoding))
    assert [(r.line, r.question, r.references, r.language, r.reply) for r in rows] == [
        (2, "Can I return it?", ("Within 30 days.",), "en", "Yes, for 30 days."),
        (3, "上周买的碗，能退吗？", ("签收后 30 天内可以退。",), "zh", "可以，三十天内。"),
    ]


def test_lines_of_two_encodings_in_one_file(path):
    head, english, chinese = TABLE.encode().splitlines(keepends=True)
    content = head + english + chinese + chinese.decode().encode("gb18030")
    first, second, third = read(path, content)
    assert second.question == third.question == "上周买的碗，能退吗？"
    assert second.key == third.key != first.key


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\tWithin 30 days.\ten\n", "no question"),
        (b"Can I?\t\ten\n", "no reference"),
        (b"Can I?\n", "no reference"),
        (b"a\tb\ten\tc\td\n", "more cells than columns"),
        (b"It\x92s here?\tIt\x92s.\ten\n", "neither UTF-8, UTF-16 nor GB18030"),
        (b"caf\xe9\tcaf\xe9\ten\n", "neither UTF-8, UTF-16 nor GB18030"),
        (b"a\t" + b"x" * 5000 + b"\ten\n", "a cell of more than 4000 characters"),
        (b"a\t" + b"x" * (MAX_LINE * 3) + b"\ten\n", "the line is too long"),
    ],
)
def test_a_damaged_row_costs_that_row(path, line, why):
    head, english, chinese = TABLE.encode().splitlines(keepends=True)
    rows = read(path, head + english + line + chinese)
    assert rows[1] == DamagedRow(3, why)
    assert [row.line for row in rows] == [2, 3, 4]
    assert rows[2].question == "上周买的碗，能退吗？"


def test_a_half_written_utf16_row_costs_that_row(path):
    lines = TABLE.splitlines(keepends=True)
    broken = "Ca".encode("utf-16-le") + b"\x00\xd8" + "n\tb\n".encode("utf-16-le")
    content = b"\xff\xfe" + b"".join(
        [lines[0].encode("utf-16-le"), broken, lines[2].encode("utf-16-le")]
    )
    damaged, good = read(path, content)
    assert damaged == DamagedRow(2, "neither UTF-8, UTF-16 nor GB18030")
    assert good.language == "zh"


@pytest.mark.parametrize("head", ["", "a\tb\n", "question,reference\n", "\x00\x00\n"])
def test_a_file_without_its_columns_is_refused(path, head):
    with pytest.raises(ConfigurationError, match="must name the columns"):
        read(path, head + "x\ty\n")


def test_what_cells_can_tell(path):
    table = (
        "Question\tanswer\treference_2\treply\tgoal\tscore\n"
        'Two "lines"?\tone\\ntwo\tone, two\t"a ""quoted"" one"\treached\t4\n'
        "nothing?\t-\t\t-\t0\t\n"
        "ask?\tone\t\t\n"
        "wrong?\tone\t\t\tperhaps\t\n"
        "wrong?\tone\t\t\t\t6\n"
    )
    told, declined, asked, goal, score = read(path, table)
    assert told.references == ("one\ntwo", "one, two")
    assert told.reply == 'a "quoted" one'
    assert (told.goal, told.score) == (True, 4)
    assert (declined.references, declined.reply, declined.goal) == ((), "", False)
    assert (asked.reply, asked.goal, asked.score) == (None, None, None)
    assert isinstance(goal, DamagedRow)
    assert isinstance(score, DamagedRow)


def test_the_language_is_told_where_no_column_does(path):
    english, chinese = read(
        path, "question\treference\nCan I?\tYes, you can.\n能退吗？\t可以退。\n"
    )
    assert (english.language, chinese.language) == ("en", "zh")


def test_rows_are_gone_on_with_behind_a_line(path):
    assert [row.line for row in read(path, TABLE, after=2)] == [3]


def test_many_rows_need_no_memory(path):
    with path.open("w") as file:
        file.write("question\treference\tlanguage\n")
        for number in range(60_000):
            file.write(f"question {number}?\tanswer {number}\ten\n")
    tracemalloc.start()
    count = sum(1 for _ in read_pairs(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 3_000_000


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_damage(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "answers.tsv"
    path.write_bytes(b"question\treference\treply\n" + content)
    for row in read_pairs(path):
        assert isinstance(row, AnswerPair | DamagedRow)
        if isinstance(row, AnswerPair):
            row.question.encode()
