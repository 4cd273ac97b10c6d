"""Collects samples into a working file, a page of conversations at a time; can be broken off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.collecting import duplicates
from switchboard.collecting.consenting import (
    Collected,
    Page,
    count_conversations,
    pages,
    still_there,
)
from switchboard.collecting.duplicates import Duplicates
from switchboard.collecting.hiding import Hider
from switchboard.collecting.sample import Sample
from switchboard.collecting.talk_record import read_record
from switchboard.collecting.talk_samples import Cited, samples_of
from switchboard.collecting.work_file import WorkFile
from switchboard.text.order_numbers import OrderNumbers

SHAPE = (
    duplicates.SHAPE
    + """
CREATE TABLE IF NOT EXISTS talks (id INTEGER PRIMARY KEY, conversation TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS samples (
    id INTEGER PRIMARY KEY, talk INTEGER, intent TEXT, language TEXT, same INTEGER, data TEXT);
CREATE INDEX IF NOT EXISTS samples_talk ON samples (talk);
CREATE INDEX IF NOT EXISTS samples_intent ON samples (intent, language);
CREATE INDEX IF NOT EXISTS samples_same ON samples (same);
CREATE TABLE IF NOT EXISTS counts (kind TEXT, name TEXT, number INTEGER, PRIMARY KEY (kind, name));
"""
)
"""`same`: the first sample with the same words, its own id if it is that. The conversations' ids
stay in the working file, which is taken away at the end."""

Tell = Callable[[str], None]


class Collector:
    """One collection. Methods raise SQLAlchemy's errors for the database."""

    def __init__(
        self, engine: Engine, wanted: Collected, orders: OrderNumbers, cited: Cited, tell: Tell
    ) -> None:
        self._engine, self._wanted, self._cited, self._tell = engine, wanted, cited, tell
        self._hider = Hider(orders)

    def open(self, path: Path) -> WorkFile:
        """The working file of this collection: new, or as far as it came.

        Raises:
            ConfigurationError: it was begun otherwise, is in use, or is damaged.
        """
        w = self._wanted
        options = {"since": w.since, "until": w.until, "asks": w.asks, "demo": w.demo}
        return WorkFile(path, SHAPE, options)

    def collect(self, work: WorkFile) -> None:
        """Read what is left to read; each page is committed with the mark behind it."""
        total = count_conversations(self._engine, self._wanted)
        done = int(work.mark("done") or 0)
        if done and not work.mark("read"):
            self._tell(f"going on behind {done} conversations")
        if work.mark("read"):
            return
        for page in pages(self._engine, self._wanted, str(work.mark("after") or "")):
            self._take(work, page)
            done += len(page.allowed) + page.without_consent
            work.set_mark("after", page.last)
            work.set_mark("done", done)
            work.db.commit()
            kept = work.number("SELECT COUNT(*) FROM samples")
            self._tell(f"{min(done, total)} of {total} conversations, {kept} messages")
        work.set_mark("read", 1)
        work.db.commit()

    def _take(self, work: WorkFile, page: Page) -> None:
        seen, counts = Duplicates(work.db), Counter[tuple[str, str]]()
        counts["left out", "conversations without consent"] += page.without_consent
        self._hider.hidden.clear()
        for conversation in page.allowed:
            insert = "INSERT INTO talks (conversation) VALUES (?)"
            talk = work.db.execute(insert, (conversation,)).lastrowid or 0
            record = read_record(
                self._engine, conversation, self._wanted, min(self._wanted.until, epoch_now())
            )
            for sample in samples_of(record, talk, self._hider, self._cited):
                self._keep(work, seen, sample)
        for kind, number in self._hider.hidden.items():
            counts["hidden", kind] += number
        add_counts(work, counts)

    @staticmethod
    def _keep(work: WorkFile, seen: Duplicates, sample: Sample) -> None:
        row = (sample.talk, sample.intent, sample.language, sample.to_json())
        insert = "INSERT INTO samples (talk, intent, language, data) VALUES (?, ?, ?, ?)"
        number = work.db.execute(insert, row).lastrowid or 0
        like = seen.note(number, sample.text)
        work.db.execute("UPDATE samples SET same = ? WHERE id = ?", (like or number, number))

    def let_go(self, work: WorkFile) -> int:
        """Take out what was erased, or whose consent was taken back, since it was read; how many
        conversations."""
        query = "SELECT id, conversation FROM talks ORDER BY id"
        gone: list[int] = []
        cursor = work.db.execute(query)
        while rows := cursor.fetchmany(1000):
            ids = [conversation for _, conversation in rows]
            kept = still_there(self._engine, ids, self._wanted.asks)
            gone += [number for number, conversation in rows if conversation not in kept]
        for number in gone:
            work.db.execute("DELETE FROM samples WHERE talk = ?", (number,))
            work.db.execute("DELETE FROM talks WHERE id = ?", (number,))
        if gone:  # the first of several may be among them
            work.db.execute("DROP TABLE IF EXISTS temp.firsts")
            work.db.execute(
                "CREATE TEMP TABLE firsts AS SELECT same, MIN(id) AS id FROM samples GROUP BY same"
            )
            work.db.execute("CREATE UNIQUE INDEX temp.firsts_same ON firsts (same)")
            work.db.execute(
                "UPDATE samples SET same = (SELECT f.id FROM firsts f WHERE f.same = samples.same)"
            )
        work.db.commit()
        return len(gone)


def add_counts(work: WorkFile, counts: Counter[tuple[str, str]]) -> None:
    """Add to the counts that the card tells."""
    for (kind, name), number in counts.items():
        if number:
            work.db.execute(
                "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (kind, name) "
                "DO UPDATE SET number = number + excluded.number",
                (kind, name, number),
            )


def read_counts(work: WorkFile, kind: str) -> dict[str, int]:
    """The counts of one kind, most first."""
    query = "SELECT name, number FROM counts WHERE kind = ? ORDER BY number DESC, name"
    return {str(name): int(number) for name, number in work.db.execute(query, (kind,))}


def read_samples(work: WorkFile, first_only: bool = True) -> Iterator[tuple[int, int, Sample]]:
    """(its id, the id of the first like it, the sample) by intent and language; with `first_only`
    none that is like an earlier one."""
    where = "WHERE same = id" if first_only else ""
    query = f"SELECT id, same, data FROM samples {where} ORDER BY intent, language, id"  # noqa: S608
    for number, like, data in work.db.execute(query):
        yield int(number), int(like), Sample.from_json(data)
