"""Writes a backup: part by part, each with its checksum, the manifest last."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from switchboard.backup.manifest import NAME, Manifest, Part, is_known
from switchboard.clock import utc_now

_BLOCK = 1 << 20
_LEVEL = 6


class ArchiveWriter:
    """An archive that is written into `target`; whole only after `finish`."""

    def __init__(self, target: IO[bytes], scratch: Path) -> None:
        self._scratch, self._now = scratch, utc_now()
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `finish`
            fileobj=target, mode="w:gz", compresslevel=_LEVEL
        )
        self._parts: dict[str, Part] = {}

    def add_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """Add a part whose size is known only when it is there."""
        with tempfile.TemporaryFile(dir=self._scratch) as file:
            for line in lines:
                file.write(line + b"\n")
            self.add(name, file)

    def add(self, name: str, file: IO[bytes]) -> None:
        """Add all of an open file."""
        assert is_known(name), name  # noqa: S101 - or no restore would take it
        file.seek(0)
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
        size = file.tell()
        file.seek(0)
        self._tar.addfile(self._header(name, size), file)
        self._parts[name] = Part(size, digest.hexdigest())

    def finish(self, revision: str) -> Manifest:
        """Write the manifest, and the archive's end."""
        manifest = Manifest(self._now.isoformat(timespec="seconds"), revision, self._parts)
        content = manifest.written()
        self._tar.addfile(self._header(NAME, len(content)), io.BytesIO(content))
        self._tar.close()
        return manifest

    def _header(self, name: str, size: int) -> tarfile.TarInfo:
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, int(self._now.timestamp())
        return header


def write_through(file: IO[bytes]) -> None:
    """Have what was written survive a power failure."""
    file.flush()
    os.fsync(file.fileno())
