"""A server that speaks the OpenAI chat protocol, streamed too, with a scripted model and faults."""

from __future__ import annotations

import gzip
import json
import threading
import time

from tests.fakes.http import FakeServer


def reply(kind="answer", statements=(), intent=None, order=None, draft=None, **more) -> str:
    """What a well-behaved model writes; `more`: form, opening, closing."""
    around = {name: more.get(name) for name in ("form", "opening", "closing")}
    said = {
        "kind": kind,
        "statements": list(statements),
        **around,
        "intent": intent,
        "order_number": order,
    }
    return json.dumps(said if draft is None else {**said, "draft": draft})


def verdicts(*found: str, english: str = "") -> str:
    """What a judge writes of as many sentences."""
    listed = [
        {"sentence": number, "verdict": verdict, "english": english}
        for number, verdict in enumerate(found, start=1)
    ]
    return json.dumps({"verdicts": listed})


def first_of(*topics: int):
    """A reply that asks back between topics, by the first statement of each in the prompt."""

    def made(asked) -> str:
        found, starts = [], False
        for line in asked["messages"][1]["content"].splitlines():
            starts = starts or line.startswith("[")
            if starts and line[:1].isdigit():
                found.append(int(line.split(".")[0]))
                starts = False
        return reply("ask", [found[topic - 1] for topic in topics])

    return made


GOOD = reply(statements=[1])
STEPS = 8


class FakeLLM(FakeServer):
    """`mode` is a fault or `good`; `replies` are given one after the other, the last one for ever.

    A reply is a text, or a function of the request. Faults: slow (before the first token), stalls
    (after some), rate_limited, broken, refused, not_json, cut (the connection ends in the middle),
    flaky (fails once), endless, thinking (reasoning without end), bomb (gzip), bomb_refused (the
    same in an error). Oddities: packed (gzip), whole (no stream), parts (content in a list), no_usage (null),
    odd_usage (negative, not a number), surrogates.
    `lacks`: parameters that this server refuses with 400, as old or small ones do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode = "good"
        self.replies = [GOOD]
        self.delay = 30.0
        self.retry_after = "0"
        self.lacks: set[str] = set()
        self.counts_tokens = True
        self.given = 0
        self.go_on = threading.Event()  # set: nobody is slow any more
        self.at_once = self.most_at_once = 0
        self._counting = threading.Lock()

    @property
    def prompts(self) -> list[str]:
        return [body.decode() for _, path, _, body in self.requests if "completions" in path]

    @property
    def last(self) -> dict:
        return json.loads(self.prompts[-1])

    def wait_until_asked(self) -> None:
        """Return once a question has come in."""
        deadline = time.monotonic() + 30
        while not self.prompts:
            assert time.monotonic() < deadline, "the model was not asked"
            time.sleep(0.01)

    def close(self) -> None:
        self.go_on.set()
        super().close()

    def answer(self, method, path, headers, body):
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self._answer(path, body)
        finally:
            with self._counting:
                self.at_once -= 1

    def _answer(self, path, body):
        if not path.endswith("/chat/completions"):
            return 404, {"error": {"message": "no such path"}}, {}
        asked = json.loads(body)
        if self.mode == "slow":
            self.go_on.wait(self.delay)
        if self.mode == "flaky":
            self.mode = "good"
            return 503, {"error": {"message": "busy"}}, {"Retry-After": self.retry_after}
        if self.mode == "rate_limited":
            return 429, {"error": {"message": "slow down"}}, {"Retry-After": self.retry_after}
        if self.mode == "broken":
            return 500, {"error": {"message": "oops"}}, {}
        if self.mode == "refused":
            return 401, {"error": {"message": "no such key"}}, {}
        if self.mode in ("bomb", "bomb_refused"):
            packed = gzip.compress(b"data: {}\n\n" * 6_000_000)
            headers = {"Content-Encoding": "gzip", "Content-Type": "text/event-stream"}
            return 200 if self.mode == "bomb" else 401, packed, headers
        if self.mode == "not_json":
            return 200, b"<html>proxy error</html>", {}
        for name in self.lacks & set(asked):
            return 400, {"error": {"message": f"unknown parameter: {name}"}}, {}
        content = self.replies[min(self.given, len(self.replies) - 1)]
        content = content if isinstance(content, str) else content(asked)
        self.given += 1
        if self.mode == "whole":
            message = {"role": "assistant", "content": content}
            usage = {"prompt_tokens": 700, "completion_tokens": 30}
            return 200, {"id": "c-1", "choices": [{"message": message}], "usage": usage}, {}
        if self.mode == "packed":
            packed = gzip.compress(b"".join(self._events(asked, content)))
            headers = {"Content-Encoding": "gzip", "Content-Type": "text/event-stream"}
            return 200, packed, headers
        return 200, self._events(asked, content), {}

    def _events(self, asked, content):
        base = {
            "id": "c-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": asked["model"],
        }

        def event(choices, **more):
            return f"data: {json.dumps({**base, 'choices': choices, **more})}\n\n".encode()

        while self.mode == "thinking":
            thought = {"reasoning_content": "and so on ", "content": None}
            yield event([{"index": 0, "delta": thought, "finish_reason": None}])
        if self.mode == "surrogates":
            content = content[:-1] + ' , "note": "\ud800"}'
        size = max(1, len(content) // STEPS)
        for at in range(0, len(content), size):
            text: object = content[at : at + size]
            if self.mode == "parts":
                text = [{"type": "text", "text": text}]
            yield event([{"index": 0, "delta": {"content": text}, "finish_reason": None}])
            if self.mode == "stalls":
                self.go_on.wait(self.delay)
            if self.mode == "cut":
                raise OSError("the connection ends")
        while self.mode == "endless":
            yield event(
                [{"index": 0, "delta": {"content": "and on " * 100}, "finish_reason": None}]
            )
        yield event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        if self.mode in ("no_usage", "odd_usage"):
            odd = {"prompt_tokens": -(10**9), "completion_tokens": float("nan")}
            yield event([], usage=odd if self.mode == "odd_usage" else None)
        elif self.counts_tokens and (asked.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730}
            yield event([], usage=usage)
        yield b"data: [DONE]\n\n"
