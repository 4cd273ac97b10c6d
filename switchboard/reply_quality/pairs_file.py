"""Reads files of questions and answers, row by row, in whatever encoding they come.

A file is UTF-8, UTF-16 (with a mark at its beginning or not) or GB18030 with all that it contains
(GBK, GB2312); of a file without UTF-16 each line is decoded by itself, since exports are pasted
together. Cells are divided by tabs. In a cell, `\\n`, `\\t` and `\\\\` stand for a line break, a
tab and a backslash; quotes around a whole cell, as spreadsheets write them, are taken away. A row
that cannot be read costs that row.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, AnyStr

from switchboard.errors import ConfigurationError
from switchboard.reply_quality.answer_pairs import AnswerPair, DamagedRow
from switchboard.text.language import ENGLISH, read_language
from switchboard.text.storable import clean_text

MAX_LINE = 65_536
"""Bytes of a line (characters in UTF-16) that are held."""
MAX_CHARACTERS = 4_000
"""Of a cell: what is longer is no reply in a chat."""
NO_ANSWER = "-"
"""The reference where the shop has no answer, and declining is right."""
_GB2312_SHARE = 0.8
"""Of the characters of a line in GB18030, so many are everyday Chinese; fewer are another
encoding's bytes that happen to be valid."""
_ESCAPED = re.compile(r"\\([nt\\])")
_PLAIN = {"n": "\n", "t": "\t", "\\": "\\"}
_TRUE = frozenset({"1", "yes", "true", "reached", "是"})
_FALSE = frozenset({"0", "no", "false", "missed", "否"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_pairs(path: Path, after: int = 0) -> Iterator[AnswerPair | DamagedRow]:
    """The rows behind line `after`, in constant memory.

    Raises:
        ConfigurationError: the first line does not name the columns `question` and `reference`.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        lines = enumerate(_lines(file), start=1)
        columns = _columns(next(lines, (1, ""))[1], path)
        for number, line in lines:
            if number <= after or (line is not None and not line.strip()):
                continue
            if line is None:
                yield DamagedRow(number, "neither UTF-8, UTF-16 nor GB18030")
            elif len(line) >= MAX_LINE:
                yield DamagedRow(number, "the line is too long")
            else:
                yield _row(number, line, columns)


def _lines(file: IO[bytes]) -> Iterator[str | None]:
    """Each line, cut off at `MAX_LINE`; None for one that has no encoding that is read here."""
    start = file.read(64)
    mark, encoding = next(((m, e) for m, e in _MARKS if start.startswith(m)), (b"", ""))
    encoding = encoding or _without_mark(start)
    file.seek(len(mark))
    if encoding.startswith("utf-16"):
        wide = io.TextIOWrapper(file, encoding, errors="replace", newline="\n")
        for text in _bounded(wide, "\n"):
            yield None if "\ufffd" in text else text
        return
    for line in _bounded(file, b"\n"):
        yield _decoded(line) if len(line) < MAX_LINE else "?" * MAX_LINE


def _bounded(file: IO[AnyStr], end: AnyStr) -> Iterator[AnyStr]:
    """The lines of a file; of one beyond `MAX_LINE` its beginning, and the rest is passed over."""
    while line := file.readline(MAX_LINE):
        yield line
        while len(line) >= MAX_LINE and not line.endswith(end):
            line = file.readline(MAX_LINE)


def _without_mark(start: bytes) -> str:
    """UTF-16 by its noughts: the first line is in ASCII."""
    if start[1:8:2] == b"\0\0\0\0":
        return "utf-16-le"
    return "utf-16-be" if start[0:8:2] == b"\0\0\0\0" else "utf-8"


def _columns(line: str | None, path: Path) -> Sequence[str]:
    names = [name.strip().strip('"').lower() for name in (line or "").split("\t")]
    names = ["reference" if name == "answer" else name for name in names]
    if "question" not in names or not any(name.startswith("reference") for name in names):
        raise ConfigurationError(
            f"{path.name}: the first line must name the columns question and reference, "
            "divided by tabs"
        )
    return names


def _decoded(line: bytes) -> str | None:
    """A line's text; None if it is neither UTF-8 nor, with everyday characters, GB18030."""
    with contextlib.suppress(UnicodeDecodeError):
        return line.decode("utf-8")
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return None
    wide = [char for char in text if not char.isascii()]
    everyday = sum(bool(char.encode("gb2312", "ignore")) for char in wide)
    return text if everyday >= _GB2312_SHARE * len(wide) else None


def _row(number: int, line: str, columns: Sequence[str]) -> AnswerPair | DamagedRow:
    cells = [_cell(cell) for cell in line.rstrip("\r\n").split("\t")]
    if len(cells) > len(columns):
        return DamagedRow(number, "more cells than columns")
    if any(len(cell) > MAX_CHARACTERS for cell in cells):
        return DamagedRow(number, f"a cell of more than {MAX_CHARACTERS} characters")
    return _pair(number, list(zip(columns, cells, strict=False)))


def _pair(number: int, cells: Sequence[tuple[str, str]]) -> AnswerPair | DamagedRow:
    row = dict(cells)
    question = row.get("question", "")
    told = [cell for name, cell in cells if name.startswith("reference") and cell]
    if not question or not told:
        return DamagedRow(number, "no question" if not question else "no reference")
    references = tuple(dict.fromkeys(text for text in told if text != NO_ANSWER))
    goal, score = row.get("goal", "").lower(), row.get("score", "")
    if goal and goal not in _TRUE | _FALSE:
        return DamagedRow(number, "the goal is neither reached nor missed")
    if score and score not in ("1", "2", "3", "4", "5"):
        return DamagedRow(number, "the score is not 1 to 5")
    reply = row.get("reply")
    return AnswerPair(
        line=number,
        question=question,
        references=references,
        language=_language(row.get("language", ""), question, references),
        reply=None if reply in (None, "") else "" if reply == NO_ANSWER else reply,
        goal=goal in _TRUE if goal else None,
        score=int(score) if score else None,
    )


def _language(told: str, question: str, references: Sequence[str]) -> str:
    if re.fullmatch(r"[a-z]{2}", told.lower()):
        return told.lower()
    return read_language(" ".join((question, *references[:1]))) or ENGLISH


def _cell(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].replace('""', '"')
    return clean_text(_ESCAPED.sub(lambda match: _PLAIN[match[1]], cell)).strip()
