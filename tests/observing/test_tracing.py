import time

import pytest

from switchboard.observing import tracing
from switchboard.observing.tracing import span, start_tracing, stop_tracing, trace_headers
from switchboard.observing.turn_context import turn_of
from switchboard.settings import load_settings

pytest.importorskip("opentelemetry.sdk")

from tests.fakes.trace_collector import FakeCollector


@pytest.fixture
def collector():
    server = FakeCollector()
    start_tracing("desk", load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": f"{server.url}/"}).watch)
    yield server
    server.mode = "good"
    stop_tracing()
    server.close()


def test_without_an_address_nothing_is_made():
    start_tracing("desk", load_settings({}).watch)
    assert tracing._tracing is None
    with span("turn") as begun:
        assert begun is None
    assert trace_headers() == {}


def test_spans_of_a_turn_hang_together_over_processes(collector):
    around = span("turn", channel="telegram")
    with turn_of("telegram:5") as turn, around, span("action", action="a"):
        carried = trace_headers()
    with span("action server", carried):  # as another process would
        pass
    stop_tracing()
    found = {s.name: s for _, s in collector.spans}
    assert {service for service, _ in collector.spans} == {"switchboard-desk"}
    assert len({s.trace_id for s in found.values()}) == 1
    assert found["action"].parent_span_id == found["turn"].span_id
    assert found["action server"].parent_span_id == found["action"].span_id
    about = {a.key: a.value.string_value for a in found["turn"].attributes}
    assert about == {"switchboard.channel": "telegram", "switchboard.turn": turn.id}
    assert b"telegram:5" not in b"".join(body for *_, body in collector.requests)


def test_an_exception_is_named_and_not_quoted(collector):
    with pytest.raises(ValueError), span("turn"):
        raise ValueError("my card is 4111")
    stop_tracing()
    ((_, failed),) = collector.spans
    assert (failed.status.code, failed.status.message) == (2, "ValueError")
    assert b"4111" not in b"".join(body for *_, body in collector.requests)


@pytest.mark.parametrize("mode", ["broken", "slow"])
def test_a_collector_that_fails_costs_a_turn_nothing(collector, mode):
    collector.mode = mode
    began = time.monotonic()
    for _ in range(200):
        with span("turn"):
            pass
    assert time.monotonic() - began < 1
