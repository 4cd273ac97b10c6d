"""An article's file: what stands at its head, and its text, within bounds of size and time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frontmatter
from frontmatter.default_handlers import YAMLHandler

from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml

MAX_ARTICLE = 400_000
"""Bytes of an article's file."""
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")


class _Head(YAMLHandler):  # type: ignore[misc]
    def load(self, fm: str, **_more: object) -> Any:
        return read_yaml(fm)


_HEAD = _Head()


def read_document(text: str) -> tuple[Mapping[str, Any], str]:
    """The values at the head of a file, and the text behind it; no values for a file without head.

    Raises:
        yaml.YAMLError: the head is no YAML, or beyond its bounds.
    """
    tidy = tidied(text)
    if not _HEAD.detect(tidy):
        return {}, tidy
    document = frontmatter.loads(tidy, handler=_HEAD)
    return document.metadata, str(document.content)


def read_file(path: Path, most: int = MAX_ARTICLE) -> str:
    """A file's text.

    Raises:
        ConfigurationError: it is larger than `most` bytes, or no plain file of this folder.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve().parent):
        raise ConfigurationError(f"{path.name}: a link that leads elsewhere")
    if path.stat().st_size > most:
        raise ConfigurationError(f"{path.name}: larger than {most} bytes")
    return path.read_text(encoding="utf-8")


def tidied(text: str) -> str:
    """A text without spaces at the ends of its lines, but for Markdown's two, and with two empty
    lines in a row at most. Whatever reads it need not care for runs of either."""
    lines = (_without_end(line) for line in text.lstrip("\ufeff").strip().splitlines())
    kept: list[str] = []
    for empty, group in itertools.groupby(lines, key=lambda line: not line):
        few = 2 if empty else None
        kept += itertools.islice(group, few)
    return "\n".join(kept)


def _without_end(line: str) -> str:
    bare = line.rstrip()
    return bare + "  " if bare and line.endswith("  ") else bare


def headings(text: str) -> Iterator[tuple[int, int, int, str]]:
    """(start, end, level, words) of each heading line. In time that grows as the text does, which
    a pattern over the whole of it does not."""
    start = 0
    for line in text.splitlines(keepends=True):
        found = _HEADING.match(line)
        words = found[2].rstrip().rstrip("#").rstrip() if found else ""
        if found and words:
            yield start, start + len(line.rstrip("\n")), len(found[1]), words
        start += len(line)
