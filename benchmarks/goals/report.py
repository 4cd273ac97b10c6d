"""The figures of the simulated customers, as Markdown and as numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from benchmarks.goals.random_replies import Replies
from switchboard.goals.goal_run import PEOPLE, Judged


def figures(judged: Judged) -> dict[str, Any]:
    """By language: goals reached by all people, conversations, turns beside the least, endings."""
    shown: dict[str, Any] = {}
    for language in sorted({talk.goal.language for talk, _ in judged}):
        own = [(talk, verdict) for talk, verdict in judged if talk.goal.language == language]
        by_goal: dict[str, list[bool]] = defaultdict(list)
        for talk, verdict in own:
            by_goal[talk.goal.name].append(verdict.reached)
        reached = [(talk, verdict) for talk, verdict in own if verdict.reached]
        least = sum(talk.goal.least for talk, _ in reached)
        endings = Counter(talk.ending for talk, _ in own)
        shown[language] = {
            "goals": len(by_goal),
            "goals_reached": sum(len(r) == PEOPLE and all(r) for r in by_goal.values()),
            "conversations": len(own),
            "conversations_reached": len(reached),
            "turns_to_least": sum(talk.turns for talk, _ in reached) / max(least, 1),
            "loops": endings["loop"],
            "dead_ends": endings["dead end"] + endings["too long"],
            "false_statements": sum(bool(verdict.false) for _, verdict in own),
            "acts_unasked": sum(verdict.unasked for _, verdict in own),
            "failed": {name: r.count(False) for name, r in by_goal.items() if not all(r)},
        }
    return shown


def report(judged: Judged, replies: Replies) -> str:
    """A table, and the goals that somebody missed."""
    found = figures(judged)
    rows = (
        ("goals reached in all four people's words", "goals_reached", "goals", "95 %"),
        ("conversations that reached it", "conversations_reached", "conversations", ""),
    )
    lines = ["| | " + " | ".join(found) + " | target |", "|---|" + "---|" * (len(found) + 1)]
    for label, part, whole, target in rows:
        shares = [f"{f[part]} of {f[whole]} ({f[part] / f[whole]:.0%})" for f in found.values()]
        lines.append(f"| {label} | {' | '.join(shares)} | {target} |")
    ratios = " | ".join(f"{f['turns_to_least']:.2f}" for f in found.values())
    lines.append(f"| turns beside the least possible | {ratios} | 1.30 |")
    for name, target in (
        ("loops", ""),
        ("dead_ends", ""),
        ("false_statements", "0"),
        ("acts_unasked", "0"),
    ):
        counts = " | ".join(str(f[name]) for f in found.values())
        lines.append(f"| {name.replace('_', ' ')} | {counts} | {target} |")
    if replies.sent:
        said = ", ".join(repr(text) for text in replies.acted)
        lines += [
            "",
            f"Of {replies.sent} random replies at a confirmation, none a clear yes, "
            f"{len(replies.acted)} acted{': ' if said else ''}{said}.",
        ]
    for language, own in found.items():
        missed = ", ".join(f"{name} ({count})" for name, count in sorted(own["failed"].items()))
        lines += ["", f"Missed in `{language}` (by how many of {PEOPLE}): {missed or 'none'}."]
    return "\n".join(lines) + "\n"
