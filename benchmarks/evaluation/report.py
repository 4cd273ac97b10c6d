"""Writes the figures as Markdown, each beside its baseline and its target."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.evaluation.answering_rows import answering_rows
from benchmarks.rasa_defaults import EXAMPLES

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


def _understanding(language: str, own: dict[str, Any]) -> list[str]:
    """By author; the confusions with their counts; and what a probability is worth."""
    authors = ", ".join(
        f"{name or 'first'} {share:.2f}" for name, share in own["by_author"].items()
    )
    lines = [
        f"### `{language}`",
        "",
        f"With the {own['angry']} angry examples the accuracy is {own['accuracy_with_angry']:.3f}. "
        f"Known ones taken for open questions: {own['known_rejected']:.3f}.",
        "",
        f"By author, none of whose examples were trained on: {authors}.",
        "",
        "| is | taken for | examples |",
        "|---|---|---|",
        *(f"| {a} | {b} | {count} |" for (a, b), count in own["confusions"]),
        "",
        "| probability said | share right | examples |",
        "|---|---|---|",
        *(f"| {said:.2f} | {right:.2f} | {count} |" for said, right, count in own["calibration"]),
        "",
    ]
    return lines


def _takeover(mood: dict[str, Any]) -> list[str]:
    """Who should go to a person, of the examples written for that question."""
    lines = [
        "| a person should take over | examples | AUC | precision | recall | calm ones sent |",
        "|---|---|---|---|---|---|",
    ]
    for language, name in (("en", "English"), ("zh", "Chinese")):
        own = mood[f"takeover_{language}"]
        lines.append(
            f"| {name} | {own['examples']} | {own['auc']:.3f} | {own['precision']:.3f} | "
            f"{own['recall']:.3f} | {own['calm_sent']:.3f} |"
        )
    lines.append("")
    for language, name in (("en", "English"), ("zh", "Chinese")):
        reasons = mood[f"takeover_{language}"]["by_reason"]
        lines += [f"{name}, found by reason: {reasons}.", ""]
    return lines


def write_report(figures: dict[str, Any]) -> str:
    """The whole report."""
    rasa = figures.get("baseline") or {}
    intents, mood = figures["intents"], figures["mood"]
    lines = ["# Quality", ""]
    lines += [
        f"{date.today().isoformat()}, on our own {intents['examples']} examples: 4-fold "
        "cross-validation in which all that one author wrote is left out together; the angry ones "
        "are left out of the intents unless a row says so. Beside it Rasa's default pipeline, "
        f"trained on at most {EXAMPLES} examples an intent and language of the first fold and "
        "measured on what that leaves out, VADER, and spaCy on a sample.",
        "",
        "\\* The targets are for customers' wording, which is not ours: see the README.",
        "",
        "## Intents and open questions",
        "",
    ]
    head = ("", "Switchboard", "Rasa's defaults", "target")
    lines += _table(head, _intent_rows(intents, figures.get("fold") or {}, rasa))
    for language, own in intents["languages"].items():
        lines += _understanding(language, own)
        weakest = sorted(own["by_intent"].items(), key=lambda item: item[1])[:8]
        named = ", ".join(f"{name} {share:.2f}" for name, share in weakest)
        lines += [
            f"Weakest in `{language}`: {named}. Bar for open questions: {own['bar']:.3f}.",
            "",
        ]
    lines += ["![confusion](confusion.png)", "", "## Mood", ""]
    lines += _table(("", "Switchboard", "VADER", "target"), _mood_rows(mood))
    lines += _takeover(mood)
    lines += ["![router](router.png) ![calibration](calibration.png)", "", "## Open questions", ""]
    lines += _table(
        ("", "Switchboard", "BM25 alone", "target"), answering_rows(figures["answering"])
    )
    lines += ["## Time", ""]
    lines += ["The whole NLU pipeline, one message after the other, on one core.", ""]
    lines += _table(head, _time_rows(figures["time"], rasa.get("time", {})))
    return "\n".join(lines)
