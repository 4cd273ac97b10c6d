"""Voice notes: kept as files, transcribed once each, within bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from switchboard.errors import FileRefused, ModelError
from switchboard.failures import place_of
from switchboard.files.file_store import FileStore, StoredFile
from switchboard.llm.chat_model import Deadline
from switchboard.llm.spending import DailyCeiling
from switchboard.voice.sound_length import sound_seconds
from switchboard.voice.transcriber import Transcriber

logger = logging.getLogger(__name__)

MOST_UNTOLD = 1_000_000
"""Bytes of a sound that does not tell its length, and is transcribed all the same."""


@dataclass(frozen=True)
class VoiceNote:
    """A kept sound and what is said in it; no words where nobody could tell."""

    file: StoredFile
    words: str


@dataclass(frozen=True)
class VoiceLimits:
    """`seconds`: for one transcript, retries included; `longest`: of sound that is transcribed;
    `price`: of a minute of it."""

    seconds: float = 15.0
    longest: float = 120.0
    price: float = 0.0


class VoiceNotes:
    """What transcripts cost is spent within the day's ceiling.

    What came of a sound is noted with its file, a failure too: a turn that is tried again asks
    nobody again. Only a process that is killed while it asks leaves that to the next one.
    """

    def __init__(
        self,
        files: FileStore,
        transcriber: Transcriber | None,
        limits: VoiceLimits = VoiceLimits(),
        ceiling: DailyCeiling | None = None,
    ) -> None:
        self._files, self._transcriber = files, transcriber
        self._limits, self._ceiling = limits, ceiling

    async def take(
        self, conversation: str, source: str, fetch: Callable[[], Awaitable[bytes]]
    ) -> VoiceNote | None:
        """A sound that a platform brings, once for each `source`; `fetch` is not called for one
        that was taken before. None for what is kept nowhere: no sound, too large, one too many.

        Raises:
            Exception: whatever `fetch` raises.
        """
        file = await self._kept(conversation, source, fetch)
        return None if file is None else VoiceNote(file, await self.words(file))

    async def take_heard(
        self,
        conversation: str,
        source: str,
        fetch: Callable[[], Awaitable[bytes]],
        words: str,
    ) -> VoiceNote | None:
        """`take` of a sound whose words the platform tells: nobody else is asked for them.

        Raises:
            Exception: whatever `fetch` raises.
        """
        file = await self._kept(conversation, source, fetch)
        if file is None:
            return None
        try:
            await asyncio.to_thread(self._files.note_transcript, file.id, words)
        except SQLAlchemyError as error:
            logger.warning("a transcript is not noted: %s", place_of(error))
        return VoiceNote(file, words)

    async def of_stored(self, conversation: str, reference: str) -> VoiceNote | None:
        """A sound of the conversation that is stored already; None if it is none."""
        try:
            file = await asyncio.to_thread(self._files.find, reference)
        except (SQLAlchemyError, OSError):
            return None
        if file is None or file.conversation_id != conversation or not file.is_sound:
            return None
        return VoiceNote(file, await self.words(file))

    async def words(self, file: StoredFile) -> str:
        """What is said in a kept sound; empty where nobody could tell. Never raises."""
        try:
            known = await asyncio.to_thread(self._files.transcript, file.id)
            if known is not None or self._transcriber is None:
                return known or ""
            words = await self._hear(file)
            await asyncio.to_thread(self._files.note_transcript, file.id, words)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("a voice note is not heard: %s", place_of(error))
            return ""
        return words

    async def _kept(
        self, conversation: str, source: str, fetch: Callable[[], Awaitable[bytes]]
    ) -> StoredFile | None:
        try:
            file = await asyncio.to_thread(self._files.brought, conversation, source)
            if file is None:
                content = await fetch()
                file = await asyncio.to_thread(self._files.keep, conversation, content, "", source)
            if not file.is_sound:  # no message would name it, so nothing would ever delete it
                await asyncio.to_thread(self._files.forget, conversation, [file.id])
                return None
        except (FileRefused, SQLAlchemyError) as error:
            logger.warning("a voice note is not kept: %s", place_of(error))
            return None
        return file

    async def _hear(self, file: StoredFile) -> str:
        content = await asyncio.to_thread(self._files.content, file)
        long = await asyncio.to_thread(sound_seconds, content)
        longest = self._limits.longest
        too_long = len(content) > MOST_UNTOLD if long is None else long > longest
        if too_long or self._transcriber is None:
            return ""
        if not await self._may_spend(longest if long is None else long):
            return ""
        deadline = Deadline(self._limits.seconds)
        try:
            return await self._transcriber.transcribe(content, file.mime, deadline)
        except ModelError as error:
            # Its place and type alone: a service may repeat what was said.
            logger.warning("a voice note is not transcribed: %s", place_of(error))
            return ""

    async def _may_spend(self, seconds: float) -> bool:
        if self._ceiling is None or self._ceiling.unlimited:
            return True
        money = self._limits.price * seconds / 60
        # Stays spent when the service fails: it may have worked to the end.
        return await asyncio.to_thread(self._ceiling.reserve, 0, money) is not None
