"""Puts the messages of another system back into conversations, and pairs questions with answers.

Rows come in any order and any number, so they are laid into a working file and read back by
conversation and time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from switchboard.collecting.chat_table import Columns, Damage, read_chats
from switchboard.collecting.work_file import WorkFile
from switchboard.overview.visits import PAUSE

SHAPE = """
CREATE TABLE IF NOT EXISTS messages (
    conversation TEXT, at REAL, line INTEGER PRIMARY KEY, ours INTEGER, text TEXT);
"""
_ORDER = "CREATE INDEX IF NOT EXISTS messages_order ON messages (conversation, at, line)"
BATCH = 10_000
_ANSWER_WITHIN = 3 * 86400.0
"""Seconds after a question in which an answer belongs to it, in one conversation."""


class ChatMessage(NamedTuple):
    """A message; `ours`: of the shop's people."""

    conversation: str
    at: float
    ours: bool
    text: str


@dataclass(frozen=True)
class Exchange:
    """What a customer asked, and what they were told; each may be several messages."""

    thread: str
    question: str
    answer: str


def lay_in(
    work: WorkFile,
    path: Path,
    columns: Columns,
    ours: Collection[str],
    damage: Damage,
    tell: Callable[[str], None],
) -> None:
    """Read the table into the working file, from where it was broken off. `ours`: authors who
    speak for the shop, in any case.

    Raises:
        ConfigurationError: there is no such table, or a column is missing.
    """
    if work.mark("laid in"):
        return
    mine = {name.strip().lower() for name in ours}
    behind, size = int(work.mark("line") or 0), path.stat().st_size
    if behind:
        tell(f"going on behind line {behind}")
    rows, line = [], behind
    for row in read_chats(path, columns, damage, behind):
        line = row.line
        is_ours = row.author.lower() in mine
        rows.append((row.conversation, row.at, row.line, is_ours, row.text))
        if len(rows) >= BATCH:
            _store(work, rows, line)
            rows.clear()
            tell(f"{line} lines of {size / 1e6:.0f} MB read")
    _store(work, rows, line)
    work.db.execute(_ORDER)
    work.set_mark("laid in", 1)
    work.db.commit()


def _store(work: WorkFile, rows: list[tuple[str, float, int, bool, str]], line: int) -> None:
    work.db.executemany("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?)", rows)
    work.set_mark("line", line)
    work.db.commit()


def threads(work: WorkFile) -> Iterator[list[ChatMessage]]:
    """The conversations, each cut where it rests for `PAUSE`, oldest message first."""
    query = "SELECT conversation, at, ours, text FROM messages ORDER BY conversation, at, line"
    rows = (ChatMessage(c, at, bool(ours), text) for c, at, ours, text in work.db.execute(query))
    for _, said in groupby(rows, key=lambda message: message.conversation):
        part: list[ChatMessage] = []
        for message in said:
            waits = part and not part[-1].ours and message.ours
            most = _ANSWER_WITHIN if waits else PAUSE
            if part and message.at - part[-1].at > most:
                yield part
                part = []
            part.append(message)
        yield part


def exchanges(thread: list[ChatMessage]) -> Iterator[Exchange]:
    """What was asked and answered, in turn. What nobody answered is none."""
    runs = [
        (ours, [message.text for message in said])
        for ours, said in groupby(thread, key=lambda message: message.ours)
    ]
    for (asks, question), (answers, answer) in pairwise(runs):
        if not asks and answers:
            yield Exchange(thread[0].conversation, "\n".join(question), "\n".join(answer))
