"""Files between a platform and the store: pictures that come, and what the shop's people send."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import Upload
from switchboard.errors import FileRefused
from switchboard.files.file_store import FileStore, attachment
from switchboard.mailroom.message import SentFile

MAX_PICTURES = 4
"""Of one message or album, that are fetched before it is answered."""
Attached = Mapping[str, str]


async def with_pictures_kept(
    files: FileStore,
    conversation: str,
    attached: Sequence[Attached],
    download: Callable[[str], Awaitable[bytes]],
) -> list[Attached]:
    """A message's attachments, with its pictures as stored files: a platform's own address expires,
    or shows nothing. One that `download` refuses (`Undelivered`), or that is none, stays as it was.
    """
    pictures = [a["url"] for a in attached if a["kind"] == "image"][:MAX_PICTURES]
    kept = {url: await _keep(files, conversation, url, download) for url in pictures}
    return [kept.get(a["url"]) or a for a in attached]


async def _keep(
    files: FileStore, conversation: str, url: str, download: Callable[[str], Awaitable[bytes]]
) -> Attached | None:
    try:
        content = await download(url)
        return attachment(await asyncio.to_thread(files.keep, conversation, content))
    except (Undelivered, FileRefused, SQLAlchemyError, OSError):
        return None


async def open_upload(files: FileStore, sent: SentFile, field: str) -> Upload:
    """A stored file for a platform.

    Raises:
        Undelivered: it is gone for good, or cannot be read now.
    """
    try:
        found = await asyncio.to_thread(files.read, sent.id)
    except (SQLAlchemyError, OSError) as error:
        raise Undelivered(Trouble.DOWN, type(error).__name__) from None
    if found is None:
        raise Undelivered(Trouble.INVALID, "the file is gone")
    ending = sent.mime.partition("/")[2]
    return Upload(field, found[1], sent.mime, sent.name or f"file.{ending}")
