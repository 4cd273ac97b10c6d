"""Calls to systems of others, counted by their outcome, each a span of its turn's trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from switchboard.observing.figures import ORDER_CALLS, PLATFORM_CALLS, status_outcome
from switchboard.observing.tracing import span, trace_headers

FAILED = "failed"
"""Of a call without an answer: unreachable, too slow, cut off."""


@dataclass
class OutsideCall:
    """One call. `headers` carry the trace to a system that goes on with it."""

    headers: dict[str, str] = field(default_factory=dict)
    outcome: str = FAILED

    def answered(self, status: int) -> None:
        """It was answered, with that HTTP status."""
        self.outcome = status_outcome(status)


@contextmanager
def order_call() -> Iterator[OutsideCall]:
    """Around one call of an order system over HTTP."""
    with span("order system") as begun:
        call = OutsideCall(trace_headers())
        try:
            yield call
        finally:
            ORDER_CALLS.labels(outcome=call.outcome).inc()
            if begun is not None:
                begun.set_attribute("switchboard.outcome", call.outcome)


@contextmanager
def platform_call(platform: str) -> Iterator[OutsideCall]:
    """Around one call of a platform's API."""
    call = OutsideCall()
    try:
        yield call
    finally:
        PLATFORM_CALLS.labels(platform=platform, outcome=call.outcome).inc()
