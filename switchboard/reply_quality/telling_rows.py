"""Rows worth reading: where overlap with a reference, and facts and grounds, say two things."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from switchboard.privacy.redaction import redact
from switchboard.reply_quality.answer_pairs import AnswerPair
from switchboard.reply_quality.pairs_file import read_pairs
from switchboard.reply_quality.reply_figures import ReplyFigure, columns_of
from switchboard.reply_quality.run_file import MeasuredReply, RunFile

SHOWN = 3
"""Rows of each kind and language."""
MUCH = 30.0
"""BLEU from which a reply has much in common with a reference."""
MOST_QUOTED = 160
"""Characters of a question or a reply that are quoted."""


@dataclass(frozen=True, order=True)
class TellingRow:
    """A row: its BLEU, line, and what is to be seen in it."""

    bleu: float
    line: int
    what: str


@dataclass(frozen=True)
class TellingRows:
    """Of one version. `flattered`: much overlap, and yet ungrounded or without a fact that the
    reference tells. `wronged`: little overlap, and yet grounded, with all facts. `quotes`: question
    and reply by line, redacted."""

    version: str
    flattered: Sequence[TellingRow]
    wronged: Sequence[TellingRow]
    quotes: Mapping[int, str]


def telling_rows(
    version: str, pairs: Path, run: RunFile, known: Sequence[ReplyFigure]
) -> TellingRows | None:
    """The rows of all languages; None without BLEU, facts and grounds among the figures."""
    if not {"bleu", "facts", "grounded"} <= set(run.figures):
        return None
    by_name = {figure.name: figure for figure in known}
    figures = [by_name[name] for name in run.figures]
    flattered: list[TellingRow] = []
    wronged: list[TellingRow] = []
    for language, _ in run.languages():
        found = _of_language(run.rows(language), figures)
        flattered += found[0]
        wronged += found[1]
    lines = {row.line for row in (*flattered, *wronged)}
    return TellingRows(version, flattered, wronged, _quoted(pairs, run, lines))


def _of_language(
    chunks: Iterable[Sequence[MeasuredReply]], figures: Sequence[ReplyFigure]
) -> tuple[list[TellingRow], list[TellingRow]]:
    flattered: list[TellingRow] = []
    wronged: list[TellingRow] = []
    by_name, at = {figure.name: figure for figure in figures}, columns_of(figures)
    for chunk in chunks:
        held = np.stack([row.statistics for row in chunk])
        bleu, facts, grounded = (
            by_name[name].total(held[:, at[name]]) for name in ("bleu", "facts", "grounded")
        )
        for row, overlap, told, good in zip(chunk, bleu, facts, grounded, strict=True):
            if np.isnan(overlap) or np.isnan(good):
                continue  # without a reference, or declined
            short = told < 1  # a reference without facts has NaN, and none is missing
            if overlap >= MUCH and (not good or short):
                what = row.why if not good else f"{told:.0%} of the facts told"
                flattered.append(TellingRow(float(overlap), row.line, what))
            elif overlap < MUCH and good and not short:
                wronged.append(TellingRow(float(overlap), row.line, "grounded, all facts told"))
        flattered = heapq.nlargest(SHOWN, flattered)
        wronged = heapq.nsmallest(SHOWN, wronged)
    return flattered, wronged


def _quoted(pairs: Path, run: RunFile, lines: Collection[int]) -> dict[int, str]:
    said = run.said(lines)
    found: dict[int, str] = {}
    for pair in read_pairs(pairs) if lines else ():
        if isinstance(pair, AnswerPair) and pair.line in lines:
            reply = pair.reply if pair.reply is not None else said.get(pair.line, "")
            texts = (redact(text[:MOST_QUOTED]) for text in (pair.question, reply))
            found[pair.line] = " → ".join(texts)
            if len(found) == len(lines):
                break
    return found
