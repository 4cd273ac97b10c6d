"""A server that speaks OpenAI's `/v1/audio/transcriptions`, as its reference documents it: a form
with `file`, `model` and `response_format`, and `{"text": …}` as the answer. With faults."""

from __future__ import annotations

import json
import threading

from tests.fakes.http import FakeServer
from tests.fakes.messaging import read_body

MOST = 25 * 1024 * 1024
"""Bytes that the service takes."""


class FakeTranscription(FakeServer):
    """`said`: what it hears in every sound. `mode` is a fault or `good`.

    Faults: slow, broken (500), busy (429), flaky (fails once), refused (401), too_large (413),
    not_a_sound (400), not_json, no_text, number, endless (of bytes), long (of words).
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode, self.said, self.language = "good", "where is order 4711", "english"
        self.asked: list[dict] = []
        self.go_on = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OPENAI_TRANSCRIPTION_MODEL": "whisper-1",
            "SWITCHBOARD_TRANSCRIPTION_BASE_URL": f"{self.url}/v1",
            "SWITCHBOARD_TRANSCRIPTION_API_KEY": "sk-voice",
        }

    def close(self) -> None:
        self.go_on.set()
        super().close()

    def answer(self, method, path, headers, body):
        if (method, path) != ("POST", "/v1/audio/transcriptions"):
            return 404, {"error": {"message": "no such path"}}, {}
        fields = read_body(headers, body)
        self.asked.append({**fields, "key": headers.get("authorization", "")})
        mode, statuses = self.mode, {"broken": 500, "busy": 429, "refused": 401}
        if mode == "slow":
            self.go_on.wait(30)
        if mode == "flaky":
            self.mode = "good"
            return 503, {"error": {"message": "busy"}}, {"Retry-After": "0"}
        if mode == "too_large" or fields["file"]["size"] > MOST:
            return (
                413,
                {"error": {"message": f"Maximum content size limit exceeded {self.said}"}},
                {},
            )
        if mode == "not_a_sound":
            message = "The audio file could not be decoded or its format is not supported."
            return 400, {"error": {"message": message, "type": "invalid_request_error"}}, {}
        if mode in statuses:
            return statuses[mode], {"error": {"message": self.said}}, {"Retry-After": "0"}
        if mode == "not_json":
            return 200, b"<html>proxy error</html>", {}
        if mode == "endless":
            return 200, (b"x" * 10_000 for _ in range(10**6)), {"Content-Type": "application/json"}
        odd = {"no_text": {"words": []}, "number": {"text": 5}, "long": {"text": "word " * 9_000}}
        told = odd.get(mode, {"text": self.said, "language": self.language})
        return 200, json.dumps(told).encode(), {}
