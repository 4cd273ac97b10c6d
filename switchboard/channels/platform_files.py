"""Files between a platform and the store: pictures that come, and what the shop's people send."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import Upload
from switchboard.errors import FileRefused
from switchboard.files.file_store import FileStore
from switchboard.mailroom.message import SentFile


async def keep_picture(
    files: FileStore, conversation: str, content: bytes
) -> Mapping[str, str] | None:
    """The attachment of a kept picture; None if it is none, or could not be kept."""
    try:
        kept = await asyncio.to_thread(files.keep, conversation, content)
    except (FileRefused, SQLAlchemyError, OSError):
        return None
    return {"kind": "image", "url": kept.reference, "mime": kept.mime}


async def open_upload(files: FileStore, sent: SentFile, field: str) -> Upload:
    """A stored file for a platform.

    Raises:
        Undelivered: it is gone for good, or cannot be read now.
    """
    try:
        file = await asyncio.to_thread(files.find, sent.id)
        content = await asyncio.to_thread(files.content, file) if file else None
    except FileNotFoundError:
        content = None
    except (SQLAlchemyError, OSError) as error:
        raise Undelivered(Trouble.DOWN, type(error).__name__) from None
    if content is None:
        raise Undelivered(Trouble.INVALID, "the file is gone")
    ending = sent.mime.partition("/")[2]
    return Upload(field, content, sent.mime, sent.name or f"file.{ending}")
