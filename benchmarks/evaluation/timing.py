"""Times the whole NLU pipeline for one message, in its own process on one core."""

from __future__ import annotations

import os

# Before any threads are started, and not in a process that only imports this.
if __name__ == "__main__" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from switchboard.cli.train import rasa_environment

WORDS_20 = {
    "en": "hello I ordered two stoneware mugs from you last week and would like to know when they "
    "will finally arrive here",
    "zh": "您好，我上个星期在你们店里买了两个马克杯，想问一下到底什么时候可以送到我这里",
}
LONG = "where is my order and why " * 400  # 10,000 characters


def parse_all(agent: Any, texts: list[str]) -> list[dict[str, Any]]:
    """A model's parse of each text."""

    async def run() -> list[dict[str, Any]]:
        return [await agent.parse_message(text) for text in texts]

    return asyncio.run(run())


def _percentiles(agent: Any, text: str, times: int) -> tuple[float, float]:
    """p50 and p95, in milliseconds."""
    parse_all(agent, [text] * 5)
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        parse_all(agent, [text])
        taken.append((time.perf_counter() - start) * 1000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 95))


def time_model(model: Path, folder: Path) -> dict[str, float]:
    """Milliseconds for 20 words in each language and for 10,000 characters."""
    command = [sys.executable, "-m", "benchmarks.evaluation.timing", str(model)]
    done = subprocess.run(
        command, cwd=folder, env=rasa_environment(), stdout=subprocess.PIPE, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Print the figures of the model given on the command line."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(50)  # errors only
    agent = Agent.load(sys.argv[1])
    figures: dict[str, float] = {}
    for language, text in WORDS_20.items():
        figures[f"{language}_p50"], figures[f"{language}_p95"] = _percentiles(agent, text, 150)
    figures["long_p50"], _ = _percentiles(agent, LONG, 5)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
