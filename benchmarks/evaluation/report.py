"""Writes the figures as Markdown, each beside its baseline and its target."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.evaluation.answering_rows import answering_rows

Rows = list[tuple[str, str, str, str]]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _table(head: tuple[str, str, str, str], rows: Rows) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _intent_rows(intents: dict[str, Any], fold: dict[str, Any], rasa: dict[str, Any]) -> Rows:
    rows: Rows = []
    for language, name, target in (("en", "English", "0.95*"), ("zh", "Chinese", "0.85*")):
        own, theirs = intents["languages"][language], rasa.get(language, {})
        ours = fold.get(language, {})
        rows += [
            (f"{name}: accuracy", _share(own["accuracy"]), "", ""),
            (f"{name}: mean over the 27 usual", _share(own["macro_usual"]), "", target),
            (
                f"{name}: the same on the first fold alone",
                _share(ours.get("macro_usual")),
                _share(theirs.get("macro_usual")),
                "",
            ),
            (f"{name}: our own open questions found", _share(own["own_open_recall"]), "", "0.90"),
        ]
    if "open_recall_others" in intents:
        theirs_found = _share(rasa.get("open_recall_others"))
        found = _share(intents["open_recall_others"])
        rows.append(("open questions of others found", found, theirs_found, "0.93"))
    return rows


def _mood_rows(mood: dict[str, Any]) -> Rows:
    rows: Rows = []
    others = mood.get("others", {})
    for language, name, target in (("en", "English", "0.92"), ("zh", "Chinese", "0.93")):
        own = mood["languages"][language]
        vader = _share(mood["anger_auc_vader_en"]) if language == "en" else ""
        rows += [
            (f"{name}: negative, AUC", _share(own["auc_negative"]), "", ""),
            (f"{name}: negative, F1", _share(own["f1_negative"]), "", ""),
            (f"{name}: anger, AUC", _share(own["auc_anger"]), vader, ""),
            (f"{name}: router, precision", _share(own["router_precision"]), "", "0.85"),
            (f"{name}: router, recall", _share(own["router_recall"]), "", "0.75"),
            (f"{name}: calm turns sent to a person", _share(own["calm_routed"]), "", ""),
        ]
        if f"auc_negative_{language}" in others:
            found = _share(others[f"auc_negative_{language}"])
            theirs = _share(others.get(f"auc_vader_{language}"))
            rows.append((f"{name}, texts of others: negative, AUC", found, theirs, target))
    rows.append(
        ("English: anger, AUC of spaCy's categorizer", "", _share(mood["anger_auc_spacy_en"]), "")
    )
    return rows


def _time_rows(ours: dict[str, Any], theirs: dict[str, Any]) -> Rows:
    rows: Rows = []
    for key, name, target in (
        ("en_p50", "English, 20 words, p50", "10 ms, half"),
        ("en_p95", "English, 20 words, p95", "20 ms"),
        ("zh_p50", "Chinese, 20 words, p50", "10 ms"),
        ("zh_p95", "Chinese, 20 words, p95", "20 ms"),
        ("long_p50", "10,000 characters", "bounded"),
    ):
        shown = f"{theirs[key]:.1f} ms" if key in theirs else ""
        rows.append((name, f"{ours[key]:.1f} ms", shown, target))
    return rows


def write_report(figures: dict[str, Any]) -> str:
    """The whole report."""
    rasa = figures.get("baseline") or {}
    intents, mood = figures["intents"], figures["mood"]
    lines = ["# Quality", ""]
    lines += [
        f"{date.today().isoformat()}, on our own {intents['examples']} examples: 5-fold "
        "cross-validation, the angry ones left out of the intents. Beside it Rasa's default "
        "pipeline, trained on the first fold's four fifths and measured on its fifth, and VADER.",
        "",
        "\\* The targets are for customers' wording, which is not ours: see the README.",
        "",
        "## Intents and open questions",
        "",
    ]
    head = ("", "Switchboard", "Rasa's defaults", "target")
    lines += _table(head, _intent_rows(intents, figures.get("fold") or {}, rasa))
    for language, own in intents["languages"].items():
        weakest = sorted(own["by_intent"].items(), key=lambda item: item[1])[:8]
        named = ", ".join(f"{name} {share:.2f}" for name, share in weakest)
        lines += [
            f"Weakest in `{language}`: {named}. Bar for open questions: {own['bar']:.3f}.",
            "",
        ]
    lines += ["![confusion](confusion.png)", "", "## Mood", ""]
    lines += _table(("", "Switchboard", "VADER", "target"), _mood_rows(mood))
    lines += ["![router](router.png) ![calibration](calibration.png)", "", "## Open questions", ""]
    lines += _table(
        ("", "Switchboard", "BM25 alone", "target"), answering_rows(figures["answering"])
    )
    lines += ["## Time", ""]
    lines += ["The whole NLU pipeline, one message after the other, on one core.", ""]
    lines += _table(head, _time_rows(figures["time"], rasa.get("time", {})))
    return "\n".join(lines)
