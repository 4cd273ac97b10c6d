"""How the whole routing does on turns of real customers, if the folder with them is there.

`python -m benchmarks.evaluation.customers FOLDER [--rows even|odd|all] [--errors]`. The files are
`customers_en.tsv`, `customers_zh.tsv` (text, intent, handoff, reason) and `open_questions_en.tsv`.
They are measured on, and nothing else: neither trained on nor written after.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluation.examples import read_rows
from benchmarks.evaluation.understanding import Understanding, stored_vectors
from benchmarks.nlu_data import read_nlu
from switchboard.conversations.routes import Decision, Route, decide
from switchboard.conversations.turns import OPEN_INTENT, UNCLEAR_INTENT, UPSET_INTENT
from switchboard.nlu.intent_model import OPEN_EXAMPLES

ROUTERS = frozenset({OPEN_INTENT, UNCLEAR_INTENT, UPSET_INTENT})


@dataclass(frozen=True)
class Turn:
    """A customer's turn, its labels, and what became of it."""

    text: str
    intent: str
    handoff: bool
    reason: str
    routed: str
    """The intent after all routers; an open question is `open_question` wherever it came from."""
    under: str
    """The classifier's own verdict."""
    decision: Decision
    parsed: dict[str, Any] = field(repr=False, default_factory=dict)


def verdicts(parsed: dict[str, Any]) -> tuple[str, str]:
    """The intent as routed, and what the classifier said under it."""
    routed = str((parsed.get("intent") or {}).get("name") or OPEN_EXAMPLES)
    ranking = [e["name"] for e in parsed.get("intent_ranking") or []]
    under = next((name for name in ranking if name not in ROUTERS), routed)
    return (OPEN_EXAMPLES if routed == OPEN_INTENT else routed), under


def read_turns(reader: Understanding, rows: list[list[str]]) -> list[Turn]:
    """Route each row."""
    turns = []
    for row, parsed in zip(rows, reader.read(row[0] for row in rows), strict=True):
        routed, under = verdicts(parsed)
        turns.append(
            Turn(row[0], row[1], row[2] == "1", row[3], routed, under, decide(parsed), parsed)
        )
    return turns


def measure(turns: list[Turn]) -> dict[str, Any]:
    """Shares with the counts behind them."""
    known = [t for t in turns if t.intent != OPEN_EXAMPLES]
    asked = [t for t in turns if t.intent == OPEN_EXAMPLES]
    sent = [t.decision.route is Route.PERSON for t in turns]
    wanted = [t.handoff for t in turns]
    both = sum(s and w for s, w in zip(sent, wanted, strict=True))
    intents = sorted({t.intent for t in known})
    shares = [np.mean([t.routed == n for t in known if t.intent == n]) for n in intents]
    # A turn that should and does go to a person is right whatever its intent is called.
    kind = [t.routed == t.intent or (t.handoff and t.decision.route is Route.PERSON) for t in turns]
    return {
        "turns": len(turns),
        "routed": float(np.mean([t.routed == t.intent for t in turns])),
        "routed_or_rightly_taken_over": float(np.mean(kind)),
        "under": float(np.mean([t.under == t.intent for t in turns])),
        "known_routed": float(np.mean([t.routed == t.intent for t in known])),
        "known_macro": float(np.mean(shares)),
        "known_rejected": float(np.mean([t.routed == OPEN_EXAMPLES for t in known])),
        "open_found": float(np.mean([t.routed == OPEN_EXAMPLES for t in asked])) if asked else None,
        "takeover": {
            "precision": both / max(sum(sent), 1),
            "recall": both / max(sum(wanted), 1),
            "counts": f"{both} of {sum(sent)} sent, {sum(wanted)} wanted",
            "by_reason": {
                reason: f"{sum(s for s, t in zip(sent, turns, strict=True) if t.reason == reason)}"
                f"/{sum(t.reason == reason for t in turns)}"
                for reason in sorted({t.reason for t in turns if t.reason})
            },
        },
        "confusions": Counter(
            (t.intent, t.routed) for t in turns if t.intent != t.routed
        ).most_common(25),
    }


def show(name: str, figures: dict[str, Any]) -> list[str]:
    """The figures as lines of Markdown."""
    takeover = figures["takeover"]
    lines = [
        f"### {name}: {figures['turns']} turns",
        "",
        f"- as routed {figures['routed']:.3f}, under the routers {figures['under']:.3f}; as routed "
        f"or rightly with a person {figures['routed_or_rightly_taken_over']:.3f}",
        f"- known ones {figures['known_routed']:.3f} (mean over intents "
        f"{figures['known_macro']:.3f}), {figures['known_rejected']:.3f} taken for open questions",
        f"- open questions found {figures['open_found'] or 0:.3f}",
        f"- takeover: precision {takeover['precision']:.3f}, recall {takeover['recall']:.3f} "
        f"({takeover['counts']}); by reason {takeover['by_reason']}",
        "",
        "| is | taken for | turns |",
        "|---|---|---|",
    ]
    lines += [f"| {a} | {b} | {count} |" for (a, b), count in figures["confusions"]]
    return [*lines, ""]


def evaluate_customers(folder: Path, rows: str = "all") -> tuple[dict[str, Any], list[Turn]]:
    """Train on our examples, route the others' turns; the figures by language."""
    vectors = stored_vectors()
    reader = Understanding(read_nlu(), vectors)
    figures: dict[str, Any] = {}
    turns: list[Turn] = []
    for language in ("en", "zh"):
        read = read_rows(folder, f"customers_{language}.tsv")
        if not read:
            continue
        chosen = {"even": read[::2], "odd": read[1::2]}.get(rows, read)
        own = read_turns(reader, chosen)
        figures[language] = measure(own)
        turns += own
    asked = read_rows(folder, "open_questions_en.tsv")
    if asked:
        some = asked[::5]
        routed = [verdicts(parsed)[0] for parsed in reader.read(row[0] for row in some)]
        figures["open"] = {
            "found": float(np.mean([r == OPEN_EXAMPLES for r in routed])),
            "of": len(some),
        }
        figures["open"]["taken_for"] = Counter(r for r in routed if r != OPEN_EXAMPLES).most_common(
            12
        )
    vectors.keep()
    return figures, turns


def report(figures: dict[str, Any]) -> str:
    """All of it as Markdown."""
    lines: list[str] = []
    for language, name in (("en", "English"), ("zh", "Chinese")):
        if language in figures:
            lines += show(name, figures[language])
    if "open" in figures:
        asked = figures["open"]
        lines += [
            f"Open questions of others: {asked['found']:.3f} of {asked['of']} found; the rest were "
            f"taken for {asked['taken_for']}.",
            "",
        ]
    return "\n".join(lines)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Route the turns of real customers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--errors", action="store_true", help="print what went wrong")
    given = parser.parse_args()
    figures, turns = evaluate_customers(given.folder, given.rows)
    print(report(figures))
    if given.errors:
        for turn in turns:
            wrong = turn.routed != turn.intent
            astray = (turn.decision.route is Route.PERSON) != turn.handoff
            if wrong or astray:
                mark = "!" if astray else " "
                print(
                    f"{mark} {turn.intent} [{turn.reason}] -> {turn.routed} ({turn.under}; "
                    f"{turn.decision.route.value}: {turn.decision.reason[:50]}) | {turn.text}"
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
