"""Measures a file of pairs, batch by batch, so that it can be stopped and gone on with anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from switchboard.privacy.redaction import redact
from switchboard.reply_quality.answer_pairs import AnswerPair, DamagedRow, GivenReply
from switchboard.reply_quality.pairs_file import read_pairs
from switchboard.reply_quality.reply_figures import Matrix, ReplyFigure
from switchboard.reply_quality.reply_sources import ReplySource
from switchboard.reply_quality.run_file import RunFile

BATCH = 64
"""Rows that are measured, and written, at once."""


class Measuring:
    """Measures files of pairs with the same figures.

    `fault`: what speaks against a reply's being grounded, kept beside its row. `tell` is given,
    after each batch, the rows measured, the rows damaged, and the share of the file that is read.
    """

    def __init__(
        self,
        figures: Sequence[ReplyFigure],
        source: ReplySource,
        fault: Callable[[GivenReply], str] | None = None,
        tell: Callable[[int, int, float], None] = lambda rows, damaged, share: None,
    ) -> None:
        self._figures, self._source = figures, source
        self._fault, self._tell = fault, tell

    def measure(self, pairs: Path, folder: Path, depends: Mapping[str, str]) -> RunFile:
        """The run of a file, in a folder; one that was begun there is gone on with, and one of the
        same file and figures that is done is it.

        `depends`: what the run depends on beside the file.

        Raises:
            ConfigurationError: the file is no table of pairs.
            OSError: a file cannot be read or written.
        """
        names = [figure.name for figure in self._figures]
        digest, lines = _digest(pairs)
        identity = {**depends, "pairs": digest, "figures": " ".join(names)}
        run = RunFile.begin(folder, identity)
        if run.is_done:
            return run
        rows, damaged = run.count, sum(row[2] for row in run.damaged)
        read = read_pairs(pairs, after=run.line)
        while batch := list(islice(read, BATCH)):
            broken = [row for row in batch if isinstance(row, DamagedRow)]
            replies = self._replied([row for row in batch if isinstance(row, AnswerPair)])
            statistics = self.statistics(replies)
            noted = zip(replies, *self._notes(replies), statistics, strict=True)
            run.write(list(noted), broken, batch[-1].line)
            rows, damaged = rows + len(replies), damaged + len(broken)
            self._tell(rows, damaged, min(1.0, batch[-1].line / max(lines, 1)))
        return run.finish(names, source=pairs.name)

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """The statistics of all figures, a row for each reply."""
        return np.hstack([figure.statistics(replies) for figure in self._figures])

    def _replied(self, pairs: Sequence[AnswerPair]) -> list[GivenReply]:
        """The replies in the order of the pairs; those without one are asked for together."""
        asked = [pair for pair in pairs if pair.reply is None]
        answers: Iterator[GivenReply] = iter(self._source.ask(asked) if asked else ())
        return [
            next(answers) if pair.reply is None else GivenReply(pair, pair.reply) for pair in pairs
        ]

    def _notes(self, replies: Sequence[GivenReply]) -> tuple[list[str], list[str]]:
        """What was said, where that stands in no file, and what speaks against it."""
        said = [redact(r.text) if r.pair.reply is None and r.text else "" for r in replies]
        fault = self._fault
        return said, [fault(r) if fault and r.text else "" for r in replies]


def _digest(path: Path) -> tuple[str, int]:
    """A checksum of a file, and about how many lines it has."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.hexdigest(), lines
