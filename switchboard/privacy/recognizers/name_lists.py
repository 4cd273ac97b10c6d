"""The lists of names that ship with the recognisers."""

from __future__ import annotations

from pathlib import Path

_LISTS = Path(__file__).parent / "lists"


def listed(name: str) -> list[set[str]]:
    """The parts of a list, which are divided by lines that begin with `=`."""
    parts: list[set[str]] = [set()]
    for line in (_LISTS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            parts.append(set())
        elif not line.startswith("#"):
            parts[-1].update(line.split())
    return parts
