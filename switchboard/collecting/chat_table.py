"""Reads a table of messages of another system, however it is encoded, row by row.

Each line is read as UTF-8, else as GB 18030 where its bytes come in pairs as Chinese ones do, else
as Windows-1252: such tables are often sewn together from several. A row that cannot be read is
counted and left out, and the reading goes on behind it.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from switchboard.errors import ConfigurationError

LONGEST_LINE = 1_000_000
"""Bytes of a line; the rest of a longer one is left out."""
LONGEST_TEXT = 4000
_PAIRS = re.compile(rb"(?:[\x81-\xfe][\xa1-\xfe])+")
_HIGH = re.compile(rb"[\x80-\xff]+")
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
)
"""Of times beside ISO 8601 and seconds; a day and a month in figures that could be either are not
guessed."""
_EARLIEST, _LATEST = 631152000.0, 4102444800.0  # 1990 to 2100


@dataclass(frozen=True)
class Columns:
    """What the columns are called. `time_form`: a form of `strptime`; empty: told by itself."""

    conversation: str = "conversation"
    time: str = "time"
    author: str = "author"
    text: str = "text"
    time_form: str = ""


@dataclass(frozen=True)
class ChatRow:
    """One message. `line`: the number of the last line that it takes, from 1."""

    conversation: str
    at: float
    author: str
    text: str
    line: int


@dataclass
class Damage:
    """Rows that could not be read, by why; and in which encodings lines were."""

    rows: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)

    def note(self, why: str, line: int) -> None:
        """Count one."""
        self.rows[why] += 1
        self.first.setdefault(why, line)


def read_chats(path: Path, columns: Columns, damage: Damage, behind: int = 0) -> Iterator[ChatRow]:
    """The messages behind a line (0: all), in the file's order.

    Raises:
        ConfigurationError: there is no such table, or a column is missing.
    """
    with _opened(path) as file:
        lines = _Lines(file, damage)
        head = next(lines, "")
        delimiter = max(",;\t|", key=head.count)
        names = [
            name.strip().lstrip("\ufeff").lower()
            for name in next(csv.reader([head], delimiter=delimiter), [])
        ]
        places = [_place(names, name, path) for name in _wanted(columns)]
        lines.skip(behind)
        rows = csv.reader(lines, delimiter=delimiter)
        while True:
            try:
                row = next(rows, None)
            except csv.Error:  # a quote that is never closed: what it swallowed is lost
                damage.note("a quote without its end", lines.number)
                continue
            if row is None:
                return
            if not row:
                continue
            read = _row(row, places, columns.time_form, lines.number)
            if isinstance(read, ChatRow):
                yield read
            else:
                damage.note(read, lines.number)


def _wanted(columns: Columns) -> tuple[str, ...]:
    return (columns.conversation, columns.time, columns.author, columns.text)


def _place(names: list[str], name: str, path: Path) -> int:
    if name.lower() not in names:
        listed = ", ".join(names)[:200]
        raise ConfigurationError(f"{path} has no column {name!r}; its first line names: {listed}")
    return names.index(name.lower())


def _opened(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    for mark, encoding in _WIDE:
        if begin.startswith(mark):
            raise ConfigurationError(f"{path} is {encoding}: save it as UTF-8")
    if not begin:
        raise ConfigurationError(f"{path} is empty")
    return path.open("rb")


class _Lines:
    """The lines as text, numbered from 1; without NUL, which csv refuses."""

    def __init__(self, file: IO[bytes], damage: Damage) -> None:
        self._file, self._damage, self.number = file, damage, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        self.number += 1
        if not raw.endswith(b"\n"):
            self._skip_rest(raw)
        text, encoding = decode_line(raw.replace(b"\0", b""))
        self._damage.encodings[encoding] += 1
        return text

    def _skip_rest(self, raw: bytes) -> None:
        while len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            raw = self._file.readline(LONGEST_LINE)

    def skip(self, number: int) -> None:
        """Go to behind a line without reading what is before."""
        while self.number < number:
            raw = self._file.readline(LONGEST_LINE)
            if not raw:
                return
            self.number += 1
            self._skip_rest(raw)


def decode_line(raw: bytes) -> tuple[str, str]:
    """A line and the encoding that it was in."""
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if all(_PAIRS.fullmatch(run) for run in _HIGH.findall(raw)):
        try:
            return raw.decode("gb18030"), "gb18030"
        except UnicodeDecodeError:
            pass
    return raw.decode("cp1252", errors="replace"), "cp1252"


def _row(row: list[str], places: list[int], form: str, line: int) -> ChatRow | str:
    if len(row) <= max(places):
        return "too few columns"
    conversation, time, author, text = (row[place].strip() for place in places)
    if not conversation or not author:
        return "no conversation or author"
    if not text:
        return "no text"
    at = read_time(time, form)
    if at is None:
        return "no time"
    return ChatRow(conversation[:200], at, author[:200], text[:LONGEST_TEXT], line)


def read_time(text: str, form: str = "") -> float | None:
    """Seconds since the epoch; a time without a zone is UTC. None if it does not tell."""
    if not form and re.fullmatch(r"\d{9,13}(?:\.\d{1,6})?", text):
        number = float(text)
        return _sensible(number / 1000 if number > 1e11 else number)
    try:
        told = _told(text, form)
    except (ValueError, OverflowError):
        return None
    if told is None:
        return None
    return _sensible((told if told.tzinfo else told.replace(tzinfo=timezone.utc)).timestamp())


def _told(text: str, form: str) -> datetime | None:
    if form:
        return datetime.strptime(text, form)
    try:
        return datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    except ValueError:
        pass
    for known in _FORMS:
        try:
            return datetime.strptime(text, known)
        except ValueError:
            continue
    return None


def _sensible(at: float) -> float | None:
    return at if _EARLIEST < at < _LATEST else None
