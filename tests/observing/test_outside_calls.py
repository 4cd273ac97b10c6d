"""Calls to systems of others are counted by what came of them."""

import pytest
from prometheus_client import REGISTRY

from switchboard.cli.processes import some_free_port
from switchboard.errors import OrderSystemDown
from switchboard.observing.outside_calls import platform_call
from switchboard.observing.tracing import start_tracing, stop_tracing
from switchboard.orders.http_orders import HttpOrderSystem
from switchboard.settings import load_settings
from tests.fakes.http import FakeServer


class NoOrders(FakeServer):
    """An order system that knows no order."""

    def answer(self, method, path, headers, body):
        return 404, {"error": "not found"}, {}


@pytest.fixture
def orders():
    server = NoOrders()
    yield server
    server.close()


def counted(name, **labels):
    return REGISTRY.get_sample_value(f"switchboard_{name}_total", labels) or 0.0


async def test_an_order_system_that_answers_and_one_that_is_away(orders):
    before = counted("order_system_calls", outcome="4xx")
    assert await HttpOrderSystem(orders.url).find("4711") is None
    assert counted("order_system_calls", outcome="4xx") == before + 1
    before = counted("order_system_calls", outcome="failed")
    with pytest.raises(OrderSystemDown):
        await HttpOrderSystem(f"http://127.0.0.1:{some_free_port()}", timeout=0.5).find("4711")
    assert counted("order_system_calls", outcome="failed") > before
    assert "traceparent" not in orders.requests[0][2]


async def test_the_trace_goes_on_in_the_order_system(orders):
    pytest.importorskip("opentelemetry.sdk")
    from tests.fakes.trace_collector import FakeCollector

    collector = FakeCollector()
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    start_tracing("actions", load_settings(endpoint).watch)
    try:
        await HttpOrderSystem(orders.url).find("4711")
    finally:
        stop_tracing()
    ((_, span),) = collector.spans
    collector.close()
    assert span.name == "order system"
    about = {a.key: a.value.string_value for a in span.attributes}
    assert about == {"switchboard.outcome": "4xx"}
    assert span.trace_id.hex() in orders.requests[0][2]["traceparent"]


def test_a_platform():
    before = counted("platform_calls", platform="telegram", outcome="failed")
    with pytest.raises(OSError), platform_call("telegram"):
        raise OSError
    with platform_call("telegram") as call:
        call.answered(429)
    assert counted("platform_calls", platform="telegram", outcome="failed") == before + 1
    assert counted("platform_calls", platform="telegram", outcome="429") >= 1
