"""A server that speaks the OpenAI chat protocol, with a scripted model and scripted faults."""

from __future__ import annotations

import json
import time

from tests.fakes.http import FakeServer


class FakeLLM(FakeServer):
    """`mode`: good, slow, rate_limited, broken, rubbish, empty, not_json, invents, unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.mode = "good"
        self.reply = {"answer": "Yes, they are safe there.", "passages": [1]}
        self.delay = 30.0

    @property
    def prompts(self) -> list[str]:
        return [body.decode() for _, path, _, body in self.requests if "completions" in path]

    def answer(self, method, path, headers, body):
        if not path.endswith("/chat/completions"):
            return 404, {"error": {"message": "no such path"}}, {}
        if self.mode == "slow":
            time.sleep(self.delay)
        if self.mode == "rate_limited":
            return 429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}
        if self.mode == "broken":
            return 500, {"error": {"message": "oops"}}, {}
        if self.mode == "not_json":
            return 200, b"<html>proxy error</html>", {}
        content = {
            "good": json.dumps(self.reply),
            "slow": json.dumps(self.reply),
            "rubbish": "Sure! As a language model I am happy to chat.",
            "empty": "",
            "invents": json.dumps({"answer": "It costs €123.45.", "passages": [1]}),
            "unknown": json.dumps({"answer": None, "passages": []}),
        }[self.mode]
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        completion = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": json.loads(body)["model"],
            "choices": [choice],
            "usage": usage,
        }
        return 200, completion, {}
