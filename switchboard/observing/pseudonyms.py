"""Names for conversations in logs: the same for one conversation, and of no use without the key."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from switchboard.project import VAR

KEY_FILE = VAR / "log.key"


def read_key(given: str, path: Path = KEY_FILE) -> bytes:
    """The key: the given one, else the one in a file, which is made at the first call and readable
    by its owner alone; where that cannot be, one that lasts as long as the process."""
    if given:
        return given.encode()
    made = secrets.token_hex(32).encode()
    own = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(made)
            try:
                os.link(own, path)  # whole or not at all, and never over another process's
            except FileExistsError:
                pass
            finally:
                own.unlink()
        return path.read_bytes() or made
    except OSError:
        return made


class LogNames:
    """Pseudonyms under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, conversation: str) -> str:
        """The name of a conversation in logs."""
        digest = hmac.new(self._key, conversation.encode("utf-8", "replace"), hashlib.sha256)
        return digest.hexdigest()[:12]
