"""Where pictures, sounds and files lie: each once, in a folder; the database says whose it is.

A message names a file by its reference, `switchboard-file:<id>`. Ids are secrets of 256 bits: who
knows one may read the file.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import files
from switchboard.errors import FileRefused
from switchboard.files.file_kinds import PICTURES, is_sound, kind_of
from switchboard.owner_only import own_folder, tighten_folder

REFERENCE = "switchboard-file:"
MAX_BYTES = 8_000_000
MOST_A_DAY = 60
"""Files that one conversation may bring in a day."""
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_NAME = 120


@dataclass(frozen=True)
class StoredFile:
    """A file of a conversation; `name` is what its sender calls it, for people only."""

    id: str
    conversation_id: str
    mime: str
    name: str
    size: int

    @property
    def reference(self) -> str:
        """How messages name it."""
        return f"{REFERENCE}{self.id}"

    @property
    def is_picture(self) -> bool:
        """Whether a page can show it."""
        return self.mime in PICTURES

    @property
    def is_sound(self) -> bool:
        """Whether a page can play it."""
        return is_sound(self.mime)


class NamedFile(Protocol):
    """A file as far as a message has to name it."""

    @property
    def id(self) -> str:
        """Its secret number."""

    @property
    def mime(self) -> str:
        """Its media type."""


def attachment(file: NamedFile) -> dict[str, str]:
    """How a message's metadata names a file (`conversations/attachments.py`)."""
    kind = "audio" if is_sound(file.mime) else "image" if file.mime in PICTURES else "file"
    return {"kind": kind, "url": f"{REFERENCE}{file.id}", "mime": file.mime}


class FileStore:
    """The files of a deployment. Methods raise SQLAlchemy's errors, and `OSError`."""

    def __init__(
        self, engine: Engine, folder: Path, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._folder, self._clock = engine, folder, clock
        tighten_folder(folder)

    def keep(
        self, conversation_id: str, content: bytes, name: str = "", source: str = ""
    ) -> StoredFile:
        """Keep a file; with a `source` (a digest of what brought it, at most 64 characters) once.

        Raises:
            FileRefused: it is too large, of no kind that is kept, or one too many today.
        """
        mime = kind_of(content)
        if not mime:
            raise FileRefused("kind")
        known = self.brought(conversation_id, source)
        if known is not None:
            return known
        if len(content) > MAX_BYTES:
            raise FileRefused("size")
        if self._today(conversation_id) >= MOST_A_DAY:
            raise FileRefused("number")
        shown = "".join(char for char in name if char.isprintable())[-_MAX_NAME:]
        kept = StoredFile(secrets.token_urlsafe(32), conversation_id, mime, shown, len(content))
        # The file first: a row without one would be a broken picture.
        self._write(kept.id, content)
        try:
            with self._engine.begin() as db:
                row = {"at": self._clock(), "source": source or None, **kept.__dict__}
                db.execute(sa.insert(files).values(**row))
        except IntegrityError:  # another process was first
            self.remove([kept.id])
            known = self.brought(conversation_id, source)
            if known is None:
                raise
            return known
        except BaseException:
            self.remove([kept.id])  # nobody would ever erase it
            raise
        return kept

    def brought(self, conversation_id: str, source: str) -> StoredFile | None:
        """The file that a source brought before; None if it is new, or the file is gone."""
        if not source:
            return None
        mine = (files.c.conversation_id == conversation_id) & (files.c.source == source)
        with self._engine.connect() as db:
            row = db.execute(sa.select(files).where(mine)).first()
        return self._on_disk(row)

    def transcript(self, number: str) -> str | None:
        """What is said in a sound, as noted before; None if nobody asked yet."""
        query = sa.select(files.c.transcript).where(files.c.id == number)
        with self._engine.connect() as db:
            text = db.execute(query).scalar()
        return None if text is None else str(text)

    def note_transcript(self, number: str, text: str) -> None:
        """Note what is said in a sound; empty: nothing, or it could not be told."""
        with self._engine.begin() as db:
            db.execute(sa.update(files).where(files.c.id == number).values(transcript=text))

    def put_back(self, number: str, content: bytes) -> None:
        """Lay a file of a backup where its row will look for it.

        Raises:
            FileRefused: it is none of ours.
        """
        if not _ID.fullmatch(number):
            raise FileRefused("kind")
        self._write(number, content)

    def find(self, reference: str) -> StoredFile | None:
        """A file by its id or reference; None for one that is unknown or gone."""
        number = reference.removeprefix(REFERENCE)
        if not _ID.fullmatch(number):
            return None
        with self._engine.connect() as db:
            row = db.execute(sa.select(files).where(files.c.id == number)).first()
        return self._on_disk(row)

    def content(self, file: StoredFile) -> bytes:
        """What is in a file.

        Raises:
            FileNotFoundError: it was removed meanwhile.
        """
        return self._path(file.id).read_bytes()

    def read(self, reference: str) -> tuple[StoredFile, bytes] | None:
        """A file and what is in it; None for one that is unknown or gone."""
        file = self.find(reference)
        try:
            return None if file is None else (file, self.content(file))
        except FileNotFoundError:
            return None

    def data_url(self, reference: str) -> str:
        """A file as a `data:` address; empty for one that is unknown or gone."""
        found = self.read(reference)
        if found is None:
            return ""
        file, content = found
        return f"data:{file.mime};base64,{base64.b64encode(content).decode()}"

    def forget(self, conversation_id: str, references: Iterable[str]) -> None:
        """Remove files of a conversation, rows and all; those of another one stay."""
        numbers = [reference.removeprefix(REFERENCE) for reference in references]
        mine = (files.c.conversation_id == conversation_id) & files.c.id.in_(numbers)
        with self._engine.begin() as db:
            gone = list(db.execute(sa.select(files.c.id).where(mine)).scalars())
            db.execute(sa.delete(files).where(mine))
        self.remove(gone)

    def remove(self, numbers: Iterable[str]) -> None:
        """Remove files whose rows are gone."""
        for number in numbers:
            if _ID.fullmatch(number):
                self._path(number).unlink(missing_ok=True)

    def _on_disk(self, row: Row | None) -> StoredFile | None:
        if row is None or not self._path(row.id).exists():
            return None
        return StoredFile(row.id, row.conversation_id, row.mime, row.name, row.size)

    def _today(self, conversation_id: str) -> int:
        mine = (files.c.conversation_id == conversation_id) & (files.c.at > self._clock() - DAY)
        with self._engine.connect() as db:
            return int(db.execute(sa.select(sa.func.count()).where(mine)).scalar_one())

    def _path(self, number: str) -> Path:
        return self._folder / number[:2] / number

    def _write(self, number: str, content: bytes) -> None:
        path = self._path(number)
        own_folder(path.parent)
        handle, part = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(part, path)
        except BaseException:
            Path(part).unlink()
            raise
