"""The figures on open questions as rows of the report."""

from __future__ import annotations

from typing import Any

Row = tuple[str, str, str, str]


def _share(value: float) -> str:
    return f"{value:.3f}"


def answering_rows(figures: dict[str, Any]) -> list[Row]:
    """(what, Switchboard, baseline, target) for retrieval, checks, attacks and redaction."""
    rows: list[Row] = []
    for language, name, second in (("en", "English", "0.90"), ("zh", "Chinese", "0.85")):
        found = figures["retrieval"][language]
        ours, bm25 = found["hybrid"], found["bm25"]
        for key, label, target in (
            ("hit_1", "right passage first", ""),
            ("hit_2", "first or second", second),
            ("hit_3", "among three", ""),
            ("mrr", "mean reciprocal rank", ""),
        ):
            asked = f" ({found['questions']} questions)" if key == "hit_1" else ""
            rows.append((f"{name}: {label}{asked}", _share(ours[key]), _share(bm25[key]), target))
        checked = figures["groundedness"][language]
        turned = figures["inversions"][language]
        redacted = figures["redaction"]["languages"][language]
        rows += [
            (f"{name}: follow-ups, first or second", _share(found["follow_ups"]), "", ""),
            (
                f"{name}: answerable ones answered without a model",
                _share(found["answered"]),
                "",
                "",
            ),
            (f"{name}: of those, by the right passage", _share(found["right_of_answered"]), "", ""),
            (
                f"{name}: unanswerable ones declined ({found['unanswerable']})",
                _share(found["declined"]),
                "",
                "0.90",
            ),
            (f"{name}: good answers that the checks let pass", _share(checked["passed"]), "", ""),
            (f"{name}: the same with a wrong number, stopped", _share(checked["caught"]), "", ""),
            (
                f"{name}: answers that turn the passage round, stopped ({turned['number']})",
                _share(turned["stopped"]),
                "",
                "",
            ),
            (f"{name}: redaction, precision", _share(redacted["precision"]), "", ""),
            (f"{name}: redaction, recall", _share(redacted["recall"]), "", ""),
        ]
    attacked = figures["red_team"]
    survived = f"{len(attacked['survived'])} of {attacked['attacks']}"
    rows.append(("red team: what reached the customer", survived, "", "0"))
    return rows
