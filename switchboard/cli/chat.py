"""The chat in the terminal: choices are numbered, and anything may be typed at any time."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

ENDS = frozenset({"/stop", "/quit", "/exit"})
PROMPT = "Your input: "
SECONDS = 60.0
WELCOME = "Write to the assistant, or the number of a choice. /stop ends."


class Chat:
    """One conversation over the channel `rest`, which the token opens. `show` prints a line."""

    def __init__(self, url: str, token: str, show: Callable[[str], None] = print) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, timeout=SECONDS, headers=headers)
        self._show = show
        self._sender = f"terminal-{getpass.getuser()}-{secrets.token_hex(4)}"
        self._choices: list[str] = []

    def run(self, read: Callable[[str], str]) -> None:
        """Until `/stop` or the end of the input. `read` asks for a line.

        Raises:
            EOFError, KeyboardInterrupt: as `read` does.
        """
        self._show(WELCOME)
        while (text := read(PROMPT).strip()) not in ENDS:
            if text:
                self.say(text)

    def say(self, text: str) -> None:
        """Send a line, a choice by its number, and show what is answered."""
        number = int(text) if text.isdecimal() and len(text) <= 2 else 0
        chosen = 1 <= number <= len(self._choices)
        said = {"sender": self._sender, "message": self._choices[number - 1] if chosen else text}
        try:
            answer = self._client.post("/webhooks/rest/webhook", json=said)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            self._show(f"No answer: {type(error).__name__}. Try again, or look into var/rasa.log.")
            return
        self._choices = []
        for message in answer.json():
            self._tell(message)

    def _tell(self, message: dict[str, Any]) -> None:
        if message.get("text"):
            self._show(str(message["text"]))
        if message.get("image"):
            self._show(str(message["image"]))
        buttons: Sequence[dict[str, Any]] = message.get("buttons") or []
        for button in buttons:
            self._choices.append(str(button.get("payload") or button.get("title") or ""))
            self._show(f"  {len(self._choices)}) {button.get('title')}")


def open_chat(url: str, token: str) -> None:
    """A chat in this terminal, with a history of the lines; ends with the input or Ctrl-C."""
    session: PromptSession[str] = PromptSession(history=InMemoryHistory())
    with patch_stdout():
        try:
            Chat(url, token).run(session.prompt)
        except (EOFError, KeyboardInterrupt):
            return
