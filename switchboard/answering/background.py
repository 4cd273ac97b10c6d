"""Work of some milliseconds beside the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_POOL = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="answering")
T = TypeVar("T")


async def in_thread(work: Callable[..., T], *given: object) -> T:
    """Run CPU-bound work outside the event loop.

    In as many threads as there are processors: more would only take turns.
    """
    return await asyncio.get_running_loop().run_in_executor(_POOL, work, *given)
