"""The figures of replies as Markdown, as JSON, and row by row as a table."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from switchboard.reply_quality.comparing import FigureRow, LanguageFigures
from switchboard.reply_quality.reply_figures import ReplyFigure, columns_of
from switchboard.reply_quality.resampling import Interval
from switchboard.reply_quality.run_file import RunFile
from switchboard.reply_quality.shop_outcomes import ShopOutcome
from switchboard.reply_quality.telling_rows import TellingRows
from switchboard.reply_quality.whole_files import written_at_once

NAMES = {"en": "English", "zh": "Chinese"}
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class QualityReport:
    """All that is told of a run. `other`: the name of the version beside it."""

    name: str
    other: str
    found: Sequence[LanguageFigures]
    damaged: Sequence[tuple[str, int, int]]
    telling: Sequence[TellingRows] = ()
    outcomes: Sequence[ShopOutcome] = ()
    days: int = 0

    def markdown(self) -> str:
        """The report."""
        lines = [f"# Replies: {self.name}{f' beside {self.other}' if self.other else ''}", ""]
        for own in self.found:
            lines += [*self._of_language(own), ""]
        lines += [*self._deployed(), *self._damaged(), *self._examples()]
        return "\n".join(lines).rstrip() + "\n"

    def as_json(self) -> str:
        """The figures alone."""
        return json.dumps(
            {
                "version": self.name,
                "versus": self.other or None,
                "languages": {own.language: _language_json(own) for own in self.found},
                "outcomes": {
                    one.title: {"count": one.count, **_interval_json(one.found)}
                    for one in self.outcomes
                },
                "damaged": {why: rows for why, _, rows in self.damaged},
            },
            indent=1,
            ensure_ascii=False,
        )

    def _of_language(self, own: LanguageFigures) -> list[str]:
        title = NAMES.get(own.language, own.language)
        lines = [f"## {title}: {own.replies} replies", ""]
        if own.alone:
            lines += [f"{own.alone} more have no counterpart in the other version.", ""]
        if self.other:
            lines += [
                f"| | of | {self.name} | {self.other} | difference, 95 % | p (Holm) | |",
                "|---|---|---|---|---|---|---|",
            ]
        else:
            lines += ["| | of | figure | 95 % |", "|---|---|---|---|"]
        lines += [_line(row, bool(self.other)) for row in own.rows]
        if own.usual is not None:
            lines += ["", f"The shop's own texts, held out: perplexity {own.usual:.2f}."]
        return lines

    def _deployed(self) -> list[str]:
        told = [one for one in self.outcomes if one.count]
        if not told:
            return []
        lines = [f"## What conversations came to, {self.days} days", ""]
        lines += ["| | of | figure | 95 % |", "|---|---|---|---|"]
        for one in told:
            share = 5.0 if one.title.startswith("satisfaction") else 1.0
            lines.append(
                f"| {one.title} | {one.count} | {_value(one.found.value, share)} "
                f"| {_bounds(one.found, share)} |"
            )
        return [*lines, ""]

    def _damaged(self) -> list[str]:
        if not self.damaged:
            return []
        lines = ["## Rows that could not be used", "", "| | rows | first |", "|---|---|---|"]
        lines += [f"| {why} | {rows} | line {first} |" for why, first, rows in self.damaged]
        return [*lines, ""]

    def _examples(self) -> list[str]:
        lines: list[str] = []
        kinds = (
            ("flattered", "much overlap, and yet ungrounded or a fact short"),
            ("wronged", "little overlap, and yet grounded with all facts"),
        )
        for told, (kind, title) in itertools.product(self.telling, kinds):
            rows = getattr(told, kind)
            if rows:
                lines += [f"## {told.version}: {title}", ""]
                lines += ["| line | BLEU | | |", "|---|---|---|---|"]
                lines += [
                    f"| {row.line} | {row.bleu:.0f} | {_plain(row.what)} "
                    f"| {_plain(told.quotes.get(row.line, ''))} |"
                    for row in rows
                ]
                lines.append("")
        return lines


def write_rows(path: Path, run: RunFile, known: Sequence[ReplyFigure]) -> None:
    """All rows of a run with their figures, divided by tabs, in UTF-8."""
    by_name = {figure.name: figure for figure in known}
    figures = [by_name[name] for name in run.figures]
    with written_at_once(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        lines = csv.writer(text, dialect="excel-tab", lineterminator="\n")
        head = ["line", "language", "outcome", "reply", "against"]
        lines.writerow([*head, *(figure.name for figure in figures)])
        for language, _ in run.languages():
            for row in _rows_of(run, language, figures):
                lines.writerow(row)
        text.detach()


def _rows_of(
    run: RunFile, language: str, figures: Sequence[ReplyFigure]
) -> Iterator[Sequence[str | int]]:
    at = columns_of(figures)
    for chunk in run.rows(language):
        held = np.stack([row.statistics for row in chunk])
        values = [figure.total(held[:, at[figure.name]]) for figure in figures]
        for row, *own in zip(chunk, *values, strict=True):
            shown = ["" if math.isnan(value) else f"{value:.4g}" for value in own]
            texts = (_cell(row.said), _cell(row.why))
            yield (row.line, row.language, row.outcome, *texts, *shown)


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, in one line."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(row: FigureRow, beside: bool) -> str:
    most = row.figure.most
    head = f"| {row.figure.title} | {row.count} | {_value(row.mine.value, most)} |"
    if not beside or row.theirs is None or row.gain is None:
        return f"{head} {_bounds(row.mine, most)} |"
    gain = row.gain.gain
    change = f"{_value(gain.value, most, sign=True)} ({_bounds(gain, most, sign=True)})"
    p = "" if math.isnan(row.p) else f"{row.p:.3f}"
    return f"{head} {_value(row.theirs.value, most)} | {change} | {p} | {row.verdict} |"


def _value(value: float, most: float, sign: bool = False) -> str:
    """Shares and cosines in three places, the rest in two."""
    if math.isnan(value):
        return ""
    return f"{value:{'+' if sign else ''}.{3 if most == 1.0 else 2}f}"


def _bounds(found: Interval, most: float, sign: bool = False) -> str:
    if math.isnan(found.low):
        return "too few"
    return f"{_value(found.low, most, sign)} to {_value(found.high, most, sign)}"


def _plain(text: str) -> str:
    """A text that stays in its cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _language_json(own: LanguageFigures) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for row in own.rows:
        told: dict[str, Any] = {"count": row.count, **_interval_json(row.mine)}
        if row.theirs is not None and row.gain is not None:
            told["versus"] = _interval_json(row.theirs)
            told["difference"] = {**_interval_json(row.gain.gain), "p": _number(row.gain.p)}
            told["difference"] |= {"p_holm": _number(row.p), "verdict": row.verdict}
        rows[row.figure.name] = told
    return {"replies": own.replies, "alone": own.alone, "usual": own.usual, "figures": rows}


def _interval_json(found: Interval) -> dict[str, float | None]:
    return {
        "value": _number(found.value),
        "low": _number(found.low),
        "high": _number(found.high),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
