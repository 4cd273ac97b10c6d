"""A collector of traces that speaks OTLP over HTTP."""

from __future__ import annotations

import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes.http import FakeServer


class FakeCollector(FakeServer):
    """Keeps the spans that it gets, by name. `mode`: `good`, `broken` (500) or `slow`."""

    def __init__(self) -> None:
        super().__init__()
        self.mode = "good"

    def answer(self, method, path, headers, body):
        if self.mode == "slow":
            time.sleep(30)
        return (
            (500 if self.mode == "broken" else 200),
            b"",
            {"Content-Type": "application/x-protobuf"},
        )

    @property
    def spans(self):
        """(service, span) of all that came."""
        found = []
        for _, path, headers, body in list(self.requests):
            assert path == "/v1/traces"
            if headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            for of_process in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = {a.key: a.value.string_value for a in of_process.resource.attributes}
                for scope in of_process.scope_spans:
                    found += [(about["service.name"], span) for span in scope.spans]
        return found

    def wait_for(self, *names, seconds=15.0):
        """The spans once there is one of each name."""
        deadline = time.monotonic() + seconds
        while not set(names) <= {span.name for _, span in self.spans}:
            assert time.monotonic() < deadline, [span.name for _, span in self.spans]
            time.sleep(0.1)
        return self.spans
