"""What the fake platforms share: a record of what was sent, and faults by script."""

from __future__ import annotations

import email
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from tests.fakes.http import FakeServer


def read_body(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A call's fields: JSON, or a form of several parts, whose files are {filename, type, size}."""
    kind = headers.get("content-type") or ""
    if not kind.startswith("multipart/form-data"):
        return json.loads(body or b"{}")
    form = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields = {}
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            told = {"filename": part.get_filename(), "type": part.get_content_type()}
            fields[name] = {**told, "size": len(content)}
            continue
        try:
            fields[name] = json.loads(content)
        except ValueError:
            fields[name] = content.decode()
    return fields


class FakePlatform(FakeServer):
    """`faults` are taken one by one by the calls that send something to a customer.

    A fault is (status, body) or (status, body, headers); a number of seconds to be slow; an
    event, to be slow until it is set; or "drop", to take the message and give no answer.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[float, str, dict]] = []
        self.faults: deque = deque()
        self.latency = 0.0
        self._lock = threading.Lock()
        super().__init__()

    def texts(self, chat: object) -> list[str]:
        with self._lock:
            return [self.text_of(message) for _, to, message in self.sent if to == str(chat)]

    def texts_by_chat(self) -> dict[str, list[str]]:
        """The texts that each chat got, in one look: the calls of many wait for no counting."""
        with self._lock:
            sent = list(self.sent)
        texts: dict[str, list[str]] = {}
        for _, chat, message in sent:
            texts.setdefault(chat, []).append(self.text_of(message))
        return texts

    def text_of(self, message: dict) -> str:
        raise NotImplementedError

    def wait_for(self, chat: object, count: int = 1, seconds: float = 20.0) -> list[str]:
        """The texts that a chat got, once they are `count`."""
        deadline = time.monotonic() + seconds
        while len(self.texts(chat)) < count:
            assert time.monotonic() < deadline, f"{chat} got only {self.texts(chat)}"
            time.sleep(0.02)
        return self.texts(chat)

    def take_message(self, chat: str, message: dict):
        """Record a message; an answer instead of the usual one if a fault is due."""
        with self._lock:
            fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, tuple):
            return (*fault, {}) if len(fault) == 2 else fault
        if isinstance(fault, threading.Event):
            fault.wait(60)
        time.sleep(fault if isinstance(fault, int | float) else self.latency)
        with self._lock:
            self.sent.append((time.monotonic(), chat, message))
        return None if fault != "drop" else "drop"
