"""The log of a child process: what it prints, in files of bounded size for their owner alone."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import IO

LIMIT = 10_000_000
"""Bytes of a log file, after which the next one is begun."""
KEPT = 5
"""Older files that are kept beside it: `rasa.log.1` is the newest of them."""
_CHUNK = 65536


class RotatingLog:
    """Writes to `path`, mode 0600; a full file becomes `path.1`, that one `path.2`, up to `kept`.

    Never raises on writing, and never lets the child wait: what a full disk does not take is lost.
    For one process at a time, which the ports of the servers see to.
    """

    def __init__(self, path: Path, limit: int = LIMIT, kept: int = KEPT) -> None:
        self.path, self._limit, self._kept = path, limit, kept
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in (path, *(self._older(number) for number in range(1, kept + 1))):
            with contextlib.suppress(OSError):
                old.chmod(0o600)
        self._file: int | None = self._open()
        self._size = os.fstat(self._file).st_size
        self._lock = threading.Lock()

    def follow(self, stream: IO[bytes]) -> threading.Thread:
        """Write what comes out of a child's pipe, in a thread that ends with the pipe.

        For `Popen(stdout=PIPE, stderr=STDOUT)`; join the thread after the child has ended.
        """
        thread = threading.Thread(target=self._pump, args=(stream,), daemon=True)
        thread.start()
        return thread

    def write(self, data: bytes) -> None:
        """Add to the log. Files are cut at the end of a line where there is one in reach."""
        with self._lock:
            while data:
                room = max(0, self._limit - self._size)
                if len(data) > room:
                    end = data.rfind(b"\n", 0, room) + 1
                    # A line longer than a whole file is cut anywhere.
                    here = end or (room if not self._size else 0)
                else:
                    here = len(data)
                self._append(data[:here])
                data = data[here:]
                if data:
                    self._rotate()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _pump(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):  # the pipe was closed under our hands
            while data := os.read(stream.fileno(), _CHUNK):
                self.write(data)

    def _append(self, data: bytes) -> None:
        self._size += len(data)
        with contextlib.suppress(OSError):  # the disk is full, the folder gone
            while data and self._file is not None:
                data = data[os.write(self._file, data) :]

    def _rotate(self) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                os.close(self._file)
                self._file = None
            for number in range(self._kept, 0, -1):
                younger = self._older(number - 1) if number > 1 else self.path
                with contextlib.suppress(FileNotFoundError):
                    younger.replace(self._older(number))
            self._file = self._open()
        self._size = 0

    def _open(self) -> int:
        # No link is followed: whoever may write into the folder must not choose the file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        if not self._kept:
            flags |= os.O_TRUNC
        return os.open(self.path, flags, 0o600)

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
