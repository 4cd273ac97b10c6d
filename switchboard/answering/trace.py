"""The trace of one open question: for `make explain`, the ledger and the tests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from switchboard.knowledge.index import Hit
from switchboard.knowledge_graph.graph_finding import GraphFinding
from switchboard.llm.chat_model import Completion, Message, Usage
from switchboard.observing.turn_context import current_turn


def _turn_id() -> str:
    turn = current_turn()
    return turn.id if turn else ""


@dataclass
class Trace:
    """The intermediate results of one open question. Everything in it is redacted."""

    searched: str = ""
    hits: list[Hit] = field(default_factory=list)
    found: GraphFinding | None = None
    """What the graph found, with the path to it."""
    prompt: list[Message] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    """Each reply of the model, with the verdict of the checks."""
    usage: Usage = field(default_factory=Usage)
    money: float = 0.0
    model: str = ""
    cached: bool = False
    turn: str = field(default_factory=_turn_id)
    """The turn that it belongs to, as logs name it; empty outside of one."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    _mark: float = field(default_factory=time.perf_counter)

    def took(self, step: str) -> None:
        """Add the milliseconds since the previous call to a step."""
        now = time.perf_counter()
        spent = (now - self._mark) * 1000
        self.milliseconds[step] = self.milliseconds.get(step, 0.0) + spent
        self._mark = now

    def count_call(self, completion: Completion, money: float) -> None:
        """Add the usage and cost of a model call."""
        self.usage += completion.usage
        self.money += money
        self.model = completion.model
