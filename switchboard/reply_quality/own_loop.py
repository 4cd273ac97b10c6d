"""An event loop for code that has none: the connections of a client live on one loop alone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class OwnLoop:
    """A loop that runs one coroutine after the other, until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of a coroutine."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """End what still runs, and the loop."""
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
