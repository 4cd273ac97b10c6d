"""What is counted while it happens, for Prometheus; a process of several workers counts in files
(`PROMETHEUS_MULTIPROC_DIR`).

Labels have few values, all of them ours: nothing that a customer chooses becomes one.
"""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
CHANNELS = frozenset(
    {
        "facebook",
        "telegram",
        "whatsapp",
        "wechat",
        "wecom",
        "x",
        "email",
        "socketio",
        "rest",
        "cmdline",
    }
)
OTHER = "other"

TURNS = Counter("switchboard_turns", "Customers' turns.", ("channel", "route"))
TURN_SECONDS = Histogram(
    "switchboard_turn_seconds",
    "From a message's being read to the end of its turn, waiting for its place included.",
    ("channel",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
ACTION_SECONDS = Histogram(
    "switchboard_action_seconds",
    "Calls of actions, as the process that counts them sees them.",
    ("action", "outcome"),
    buckets=(0.01, 0.05, 0.25, 1, 2.5, 5, 10, 15),
)
MODEL_CALLS = Counter("switchboard_model_calls", "Calls of language models.", ("outcome",))
MODEL_TOKENS = Counter("switchboard_model_tokens", "Tokens of models.", ("kind",))
MODEL_MONEY = Counter("switchboard_model_money", "What models cost, in the prices' currency.")
ORDER_CALLS = Counter("switchboard_order_system_calls", "Calls of the order system.", ("outcome",))
PLATFORM_CALLS = Counter(
    "switchboard_platform_calls", "Calls of platforms' APIs.", ("platform", "outcome")
)


def known_channel(name: str | None) -> str:
    """A channel's name as a label: a caller of `rest` may state any name."""
    return name if name in CHANNELS else OTHER


def status_outcome(status: int) -> str:
    """An HTTP status as a label: `2xx`, `4xx`, with 429 apart."""
    return "429" if status == 429 else f"{status // 100}xx"


def write_figures(more: Collection[Collector] = ()) -> bytes:
    """The figures of all workers of this process and of `more`, in Prometheus's format."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # one worker: they are in memory
        registry.register(REGISTRY)
    for collector in more:
        registry.register(collector)
    return generate_latest(registry)
