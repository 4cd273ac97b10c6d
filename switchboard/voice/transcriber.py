"""The port to what writes down a voice note."""

from __future__ import annotations

from typing import Protocol

from switchboard.llm.chat_model import Deadline

MAX_CHARACTERS = 4000
"""Of one transcript: four minutes of fast speech."""


class Transcriber(Protocol):
    """Something that hears speech and writes down the words."""

    async def transcribe(self, sound: bytes, mime: str, deadline: Deadline) -> str:
        """What is said in a sound, in whatever language; empty where nobody says anything.

        Raises:
            ModelDown: unreachable, too slow, rate-limited, refused, or a server error.
            ModelWrong: a reply that is no transcript, or one without end.
        """
