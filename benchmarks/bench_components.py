"""What each component of the pipeline costs a message, in the trained model."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from benchmarks.nlu_data import read_nlu

WHOLE = "the whole pipeline"


def _timed(work: Callable[..., Any], taken: list[float]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return work(*given, **named)
        finally:
            taken.append((time.perf_counter() - started) * 1000)

    return timed


def measure(model: Path, texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Milliseconds (p50, p95) by component, of one message after the other, each another text."""
    configure_structlog(50)  # errors only
    agent = Agent.load(str(model))
    taken: dict[str, list[float]] = defaultdict(list)
    # Rasa has no hook around a component: its runner holds the functions that it calls.
    nodes: dict[str, Any] = agent.processor.graph_runner._instantiated_nodes
    for name, node in nodes.items():
        if name.startswith("run_"):
            node._fn = _timed(node._fn, taken[name.rsplit(".", 1)[-1].rstrip("0123456789")])

    async def parse(chosen: Sequence[str]) -> None:
        for text in chosen:
            started = time.perf_counter()
            await agent.parse_message(text)
            taken[WHOLE].append((time.perf_counter() - started) * 1000)

    asyncio.run(parse(texts[:10]))
    for times in taken.values():
        times.clear()
    asyncio.run(parse(texts[10:]))
    return {
        name: (float(np.percentile(times, 50)), float(np.percentile(times, 95)))
        for name, times in taken.items()
        if times
    }


def report(figures: dict[str, tuple[float, float]]) -> str:
    """A table of Markdown, the dearest first."""
    lines = ["", "| component, for one message | p50 (ms) | p95 (ms) |", "|---|---|---|"]
    for name, (middle, late) in sorted(figures.items(), key=lambda item: -item[1][0]):
        lines.append(f"| {name} | {middle:.2f} | {late:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table for one model."""
    parser = argparse.ArgumentParser(description="What each component costs a message.")
    parser.add_argument("model", type=Path)
    given = parser.parse_args()
    print(report(measure(given.model, [e.text for e in read_nlu() if e.language == "en"][::60])))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
