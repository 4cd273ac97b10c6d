"""Traces by OpenTelemetry, where an address for them is configured; else nothing, at no cost.

A span for each turn, below it one for each action, and below that one for each call to a model or
to the order system; the processes hand them on by W3C `traceparent`. No span says what a customer
wrote or who it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from switchboard.observing.turn_context import current_turn
from switchboard.settings import WatchSettings

logger = logging.getLogger(__name__)


class _Tracing:
    """The library, as far as it is used."""

    def __init__(self, process: str, endpoint: str) -> None:
        from opentelemetry import propagate, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": f"switchboard-{process}"})
        self.provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self.provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self.tracer = self.provider.get_tracer("switchboard")
        self.propagate, self.failed = propagate, trace.StatusCode.ERROR


_tracing: _Tracing | None = None


def start_tracing(process: str, settings: WatchSettings) -> None:
    """Send traces from here on, if an address is set."""
    global _tracing
    if not settings.otlp_endpoint or _tracing is not None:
        return
    try:
        _tracing = _Tracing(process, settings.otlp_endpoint)
    except ImportError:
        logger.error("no traces: install the extra `tracing` (pip install 'switchboard[tracing]')")


def stop_tracing() -> None:
    """Send what is left, within bounds."""
    global _tracing
    if _tracing is not None:
        _tracing.provider.shutdown()  # type: ignore[no-untyped-call]
        _tracing = None


@contextmanager
def span(name: str, carried: Mapping[str, str] | None = None, **about: str) -> Iterator[Any]:
    """A span around what is done; `carried`: the headers of the request that it is done for. Yields
    None while there are no traces."""
    if _tracing is None:
        yield None
        return
    turn = current_turn()
    attributes = {f"switchboard.{key}": value for key, value in about.items()}
    if turn is not None:
        attributes["switchboard.turn"] = turn.id
    parent = None if carried is None else _tracing.propagate.extract(carried)
    with _tracing.tracer.start_as_current_span(
        name, context=parent, attributes=attributes, record_exception=False,
        set_status_on_exception=False,
    ) as begun:  # fmt: skip
        try:
            yield begun
        except BaseException as error:
            # Not the exception's text, which may hold a customer's words.
            begun.set_status(_tracing.failed, type(error).__name__)
            raise


def trace_headers() -> dict[str, str]:
    """The headers by which another process goes on with this trace; none without one."""
    headers: dict[str, str] = {}
    if _tracing is not None:
        _tracing.propagate.inject(headers)
    return headers
