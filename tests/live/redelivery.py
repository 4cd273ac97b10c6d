"""Platforms that deliver until they are heard, with ever longer pauses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
MOST = 120.0


def until_taken(deliver: Callable[[], int]) -> None:
    """Deliver, and after a refusal or while nobody is there once more: in the end each 8 seconds."""
    started, tries = time.monotonic(), 0
    while time.monotonic() - started < MOST:
        time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1
        try:
            if deliver() == 200:
                return
        except OSError:
            pass


def beside(work: Callable[..., None], *given: object) -> threading.Thread:
    """A thread that has begun with it."""
    thread = threading.Thread(target=work, args=given, daemon=True)
    thread.start()
    return thread


def wait_for_some(count: Callable[[], int], least: int) -> None:
    """Until so many are there: the middle of a burst."""
    deadline = time.monotonic() + 60
    while count() < least:
        assert time.monotonic() < deadline
        time.sleep(0.02)
