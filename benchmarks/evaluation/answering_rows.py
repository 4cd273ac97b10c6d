"""The figures on open questions as rows of the report."""

from __future__ import annotations

from typing import Any

from benchmarks.evaluation.red_team import PLACES

Row = tuple[str, str, str, str]
LANGUAGES = (("en", "English"), ("zh", "Chinese"))
_NUMBERS = ("account", "card", "email", "handle", "identity", "phone", "secret")
_PLACES = ("address", "name")


def _share(value: float) -> str:
    return f"{value:.3f}"


def _found(figures: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for language, name in LANGUAGES:
        for of, own in figures[language].items():
            if of == "follow_ups":
                rows.append((f"{name}: follow-ups, first or second", _share(own), "", ""))
                continue
            head = f"{name}, {of}"
            asked = f"{own['answerable']} questions"
            none = f"{own['unanswerable']} unanswerable ones"
            rows += [
                (
                    f"{head}: right at first ({asked})",
                    _share(own["right"]),
                    _share(own["right_bm25"]),
                    "0.70",
                ),
                (f"{head}: a wrong article", _share(own["wrong"]), "", "0.05"),
                (f"{head}: answered of {none}", _share(own["unanswerable_answered"]), "", "0.05"),
                (f"{head}: told two things", _share(own["two_things"]), "", ""),
            ]
    return rows


def _worded(figures: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for language, name in LANGUAGES:
        own = figures[language]
        rows += [
            (
                f"{name}: wrong answers in a model's words, stopped before the judge"
                f" ({own['wrong']})",
                _share(own["stopped"]),
                "",
                "",
            ),
            *(
                (f"{name}: of those, {of.replace('_', ' ')}", _share(share), "", "")
                for of, share in own["stopped_by_class"].items()
            ),
            (
                f"{name}: right ones let through ({own['right']})",
                _share(own["passed"]),
                "",
                "",
            ),
        ]
    return rows


def _attacked(figures: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for wording, name, target in (
        ("shop", "the shop's wording", "0"),
        ("model", "a model's wording, its judge obedient too", ""),
    ):
        own = figures[wording]
        for place in PLACES:
            survived, answered = own["survived"].get(place, 0), own["answered"].get(place, 0)
            shown = f"{survived} of {figures['attacks']} ({answered} answered)"
            rows.append((f"attacks by the {place}, in {name}, that got through", shown, "", target))
    return rows


def _hidden(figures: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for of, own in figures.items():
        for language, name in LANGUAGES:
            found = own["languages"][language]
            head = f"personal data, {name}, {of}"
            rows += [
                (f"{head}: precision", _share(found["precision"]), "", "0.95"),
                (
                    f"{head}: recall of {', '.join(_NUMBERS)}",
                    _share(_recall(found, _NUMBERS)),
                    "",
                    "0.95",
                ),
                (
                    f"{head}: recall of {', '.join(_PLACES)}",
                    _share(_recall(found, _PLACES)),
                    "",
                    "0.85",
                ),
            ]
    return rows


def _recall(found: dict[str, Any], kinds: tuple[str, ...]) -> float:
    hidden, of = (sum(found[key].get(kind, 0) for kind in kinds) for key in ("hidden", "of"))
    return float(hidden / of)


def answering_rows(figures: dict[str, Any]) -> list[Row]:
    """(what, Switchboard, BM25 alone, target) for search, checks, attacks and personal data."""
    return [
        *_found(figures["finding"]),
        *_worded(figures["wording"]),
        *_attacked(figures["attacks"]),
        *_hidden(figures["redaction"]),
    ]
