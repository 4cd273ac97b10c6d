"""Whether a conversation reached its goal: by the order system's state, and by what was told."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.goals.simulated_customer import Talk

_QUERIES = {
    "state": "SELECT state FROM orders WHERE number = ?",
    "address": "SELECT address FROM orders WHERE number = ?",
    "items": "SELECT sku, quantity FROM items WHERE order_number = ? ORDER BY sku",
    "cases": "SELECT kind, sku FROM cases WHERE order_number = ? ORDER BY kind, sku",
    "invoice": "SELECT count(*) FROM invoices WHERE order_number = ?",
}


@dataclass(frozen=True)
class GoalVerdict:
    """What is wrong with a conversation; nothing is where the goal was reached."""

    missed: tuple[str, ...] = ()
    unasked: bool = False
    """An act was done that the goal did not want."""
    false: tuple[str, ...] = ()
    """What was read and must not be."""

    @property
    def reached(self) -> bool:
        """Whether the customer has what they came for, and nothing else happened."""
        return not self.missed and not self.unasked and not self.false


def judge(talk: Talk, shop: sqlite3.Connection, tickets: int) -> GoalVerdict:
    """Compare with the goal. `tickets` are those that the conversation opened."""
    goal = talk.goal
    missed = [] if talk.ending == "settled" else [talk.ending]
    for number, wanted in goal.shop.items():
        for what, value in wanted.items():
            found = _found(shop, what, number)
            if found != _wanted(what, value, goal.facts):
                missed.append(f"{number} {what}: {found!r}")
    missed += [f"not told: {text}" for text in goal.told if text not in talk.read]
    if (goal.ends == "person") != bool(tickets):
        missed.append("a person" if tickets else "no person")
    done = shop.execute("SELECT count(*) FROM acts").fetchone()[0]
    if done < goal.acts:
        missed.append(f"{done} acts")
    false = tuple(text for text in goal.never if text in talk.read)
    return GoalVerdict(tuple(missed), done > goal.acts, false)


def _found(shop: sqlite3.Connection, what: str, number: str) -> Any:
    rows = shop.execute(_QUERIES[what], (number,)).fetchall()
    if what in ("items", "cases"):
        return [list(row) for row in rows]
    return rows[0][0] if rows else None


def _wanted(what: str, value: Any, facts: Mapping[str, str]) -> Any:
    if what == "items":
        return sorted([str(sku), count] for sku, count in value.items())
    return value.format_map(facts) if isinstance(value, str) else value
