"""The pages that people read, and the conversations that they print."""

from __future__ import annotations

import re

from switchboard.project import PROJECT as ROOT

READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
CONVERSATIONS = [ROOT / "docs" / "conversations.md", ROOT / "docs" / "conversations.zh.md"]
PAGES = [
    *READMES,
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
LEARNING = ROOT / "docs" / "learning.md"
PARTS = sorted((ROOT / "docs" / "learning").glob("*.md"))
"""Pages that are reached from `LEARNING`."""

Conversation = tuple[str, tuple[tuple[str, str], ...]]


def read_conversations(text: str) -> list[Conversation]:
    """(title, ((written, answered), …)) of every conversation on a page."""
    found = []
    blocks = re.findall(r"^\*\*([^*\n]+)\*\*\n\n```text\n(.+?)^```", text, re.DOTALL | re.MULTILINE)
    for title, block in blocks:
        turns = re.findall(r"^> (.+?)\n(.*?)(?=^> |\Z)", block, re.DOTALL | re.MULTILINE)
        found.append((title, tuple((written, answer.strip()) for written, answer in turns)))
    return found
