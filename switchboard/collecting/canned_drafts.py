"""Canned texts that wait for somebody to accept them: `data/drafts/canned.yml`, edited by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from switchboard.collecting.chat_proposals import ProposedCanned
from switchboard.collecting.whole_file import whole_file
from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE, ENGLISH

FILE = "canned.yml"
HIDDEN = re.compile(r"\[[a-z]+\]")
"""What stands where something personal was: a text with it cannot be sent."""
_HEAD = "# From past chats. Write what is missing, then: switchboard learn accept-canned NAME\n"
Drafts = dict[str, dict[str, str]]


def read_drafts(folder: Path) -> Drafts:
    """The texts that wait, by name.

    Raises:
        ConfigurationError: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        listed = read_yaml(path.read_text(encoding="utf-8"))["canned"] or {}
        return {
            str(name): {code: str(forms.get(code) or "") for code in (ENGLISH, CHINESE)}
            for name, forms in listed.items()
        }
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as e:
        raise ConfigurationError(f"cannot read {path}: {type(e).__name__}") from e


def write_drafts(folder: Path, drafts: Mapping[str, Mapping[str, str]]) -> Path:
    """Write the texts that wait, whole."""
    path = folder / FILE
    listed = {name: dict(forms) for name, forms in drafts.items()}
    with whole_file(path) as file:
        file.write(_HEAD)
        yaml.safe_dump({"canned": listed}, file, allow_unicode=True, sort_keys=False, width=100)
    return path


def add_drafts(folder: Path, proposed: Iterable[ProposedCanned], known: Iterable[str]) -> int:
    """Add proposals to those that wait; how many are new. A text that waits already, edited or not,
    stays as it is; `known`: the texts that the shop has."""
    drafts = read_drafts(folder)
    there = {text for forms in drafts.values() for text in forms.values() if text} | set(known)
    new = 0
    for one in proposed:
        texts = {ENGLISH: _plain(one.english), CHINESE: _plain(one.chinese)}
        name = _name(texts[ENGLISH] or texts[CHINESE])
        if name in drafts or there.intersection(filter(None, texts.values())):
            continue
        drafts[name] = texts
        new += 1
    if new:
        write_drafts(folder, drafts)
    return new


def _plain(text: str) -> str:
    """Braces name facts in a canned text; the person who accepts it may put some in."""
    return text.replace("{", "(").replace("}", ")")


def _name(text: str) -> str:
    """A name that the desk takes: the first words."""
    words = re.findall(r"\w+", text)
    return " ".join(words[:5])[:40].strip() or "text"
