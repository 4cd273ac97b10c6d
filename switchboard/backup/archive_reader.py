"""Reads a backup, none of it before all of it was found whole."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from switchboard.backup.manifest import NAME, Manifest, Part, is_known
from switchboard.errors import BackupRefused

_BLOCK = 1 << 20
_MAX_MANIFEST = 256_000_000


class ArchiveReader:
    """A verified backup. Parts are read by their names; the archive itself unpacks nothing."""

    def __init__(self, source: IO[bytes]) -> None:
        """Verify a backup.

        Raises:
            BackupRefused: it is none, damaged, cut off, or holds what does not belong there.
        """
        with _damage():
            self._tar = tarfile.open(fileobj=source, mode="r:gz")  # noqa: SIM115 - read from later
            self.manifest, self._members = self._verified()
            while self._tar.fileobj and self._tar.fileobj.read(_BLOCK):
                pass  # to the end, where gzip has its checksum

    def names(self, folder: str) -> list[str]:
        """The names of all parts of a folder, as they follow: going back means unpacking anew."""
        return [name for name in self._members if name.startswith(folder)]

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str) -> IO[bytes]:
        """One part."""
        return _content(self._tar, self._members[name])

    def _verified(self) -> tuple[Manifest, dict[str, tarfile.TarInfo]]:
        members: dict[str, tarfile.TarInfo] = {}
        found: dict[str, Part] = {}
        manifest = None
        for member in self._tar:
            if manifest is not None or member.name in members or not member.isreg():
                raise BackupRefused("the archive holds what is no part of a backup")
            if member.name == NAME and member.size <= _MAX_MANIFEST:
                manifest = Manifest.read(_content(self._tar, member).read())
                continue
            if not is_known(member.name):
                raise BackupRefused("the archive holds what is no part of a backup")
            members[member.name] = member
            found[member.name] = Part(member.size, _checksum(_content(self._tar, member)))
        if manifest is None:
            raise BackupRefused("the backup is not whole, or none: it has no manifest")
        if manifest.parts != found:
            wrong = sorted(name for name, _ in set(manifest.parts.items()) ^ set(found.items()))
            raise BackupRefused(f"the backup is damaged: {wrong[0]}")
        return manifest, members


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise BackupRefused("the archive holds what is no part of a backup")
    return file


def _checksum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupRefused("the backup is damaged, or none") from error
    except OSError as error:
        if error.errno is not None:  # the disk's own, not gzip's
            raise
        raise BackupRefused("the backup is damaged, or none") from error
