"""Keeps servers running: what dies or hangs is started again, until it cannot be helped."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from switchboard.cli.processes import Server
from switchboard.errors import StartFailure

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """How much is borne, in seconds. More than `deaths` within `period` are too many."""

    deaths: int = 5
    period: float = 300.0
    first_delay: float = 1.0
    longest_delay: float = 30.0
    start: float = 400.0
    """For a server to answer at all: a model is loaded, or vectors are made."""
    silence: float = 30.0
    """Without an answer of one that has answered before."""
    look_every: float = 5.0


@dataclass
class _Ward:
    """One server that is looked after."""

    start: Callable[[], Server]
    server: Server
    answered: bool = False
    heard_at: float = field(default_factory=time.monotonic)
    looked_at: float = 0.0
    deaths: deque[float] = field(default_factory=deque)
    again_at: float | None = None


class Supervisor:
    """Starts servers in order, watches them, and stops them in the opposite order.

    Everything is done in the calling thread, to which the servers' lives are bound.
    """

    def __init__(
        self,
        starts: Sequence[Callable[[], Server]],
        patience: Patience = Patience(),
        tell: Tell = lambda line: print(line, flush=True),
    ) -> None:
        self._starts, self._patience, self._tell = starts, patience, tell
        self._wards: list[_Ward] = []

    def start(self, done: Event) -> list[Server]:
        """Start all of them and wait until each answers, or `done` is set.

        Raises:
            StartFailure: one did not; the message says why.
        """
        for start in self._starts:
            self._wards.append(_Ward(start, start()))
        for ward in self._wards:
            deadline = time.monotonic() + self._patience.start
            while not done.is_set() and not ward.server.answers():
                if ward.server.ended is not None or time.monotonic() > deadline:
                    what = _why(ward.server.ended, "did not answer in time")
                    raise StartFailure(f"the {ward.server.name} {what}; see {ward.server.log}")
                done.wait(0.1)
            ward.answered, ward.heard_at = True, time.monotonic()
        return [ward.server for ward in self._wards]

    def watch(self, done: Event, tick: float = 0.5) -> None:
        """Until `done` is set.

        Raises:
            StartFailure: a server died too often; the message says how, and where its log is.
        """
        while not done.wait(tick):
            for ward in self._wards:
                if not done.is_set():
                    self._look_after(ward)

    def stop(self) -> None:
        """Stop all of them: the last started first, so that each has what it needs to finish."""
        for ward in reversed(self._wards):
            ward.server.stop()

    def _look_after(self, ward: _Ward) -> None:
        now, server = time.monotonic(), ward.server
        if ward.again_at is not None:
            if now >= ward.again_at:
                self._start_again(ward)
        elif server.ended is not None:
            self._bury(ward, _why(server.ended, ""))
        elif now - ward.looked_at >= self._patience.look_every:
            ward.looked_at = now
            if server.answers():
                ward.answered, ward.heard_at = True, now
            elif now - ward.heard_at > self._limit(ward):
                server.stop(force=True)
                self._bury(ward, f"did not answer for {now - ward.heard_at:.0f} s")

    def _limit(self, ward: _Ward) -> float:
        return self._patience.silence if ward.answered else self._patience.start

    def _start_again(self, ward: _Ward) -> None:
        try:
            ward.server = ward.start()
        except StartFailure as error:  # its port is not free yet
            self._bury(ward, f"could not be started ({error})")
            return
        ward.again_at, ward.answered, ward.heard_at = None, False, time.monotonic()

    def _bury(self, ward: _Ward, what: str) -> None:
        """Plan the next start, or give up."""
        now, patience, server = time.monotonic(), self._patience, ward.server
        server.stop()  # what it left behind: its log's file
        ward.deaths.append(now)
        while ward.deaths and now - ward.deaths[0] > patience.period:
            ward.deaths.popleft()
        times = len(ward.deaths)
        if times >= patience.deaths:
            raise StartFailure(
                f"the {server.name} {what}, {times} times within {patience.period / 60:g} minutes; "
                f"the last lines of {server.log} say why"
            )
        delay = min(patience.first_delay * 2 ** (times - 1), patience.longest_delay)
        ward.again_at = now + delay
        self._tell(f"The {server.name} {what}; it is started again in {delay:g} s ({server.log}).")


def _why(code: int | None, otherwise: str) -> str:
    """How a process ended, in words."""
    if code is None:
        return otherwise
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
