"""The texts of `data/replies`, rendered without Rasa, in the customer's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from switchboard.errors import ConfigurationError
from switchboard.mailroom.message import Outgoing, read_response
from switchboard.shop.bilingual import spoken, variant_in
from switchboard.shop.policy import Policy
from switchboard.text.bounded_yaml import read_yaml


def read_replies(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Read the replies by name.

    The format is that of Rasa's responses, but they are not part of the trained model: no dialogue
    policy predicts them, and a changed text needs a restart but no training.
    """
    replies: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.yml")):
        content = read_yaml(path.read_text(encoding="utf-8"))
        for name, variants in content["replies"].items():
            if name in replies:
                raise ConfigurationError(f"{path.name}: {name} stands in another file too")
            replies[name] = variants
    return replies


class Replies:
    """The texts with the shop's facts filled in, for use outside Rasa: the desk."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self.by_name, self._policy = read_replies(folder), policy

    def say(self, name: str, language: str, **facts: str) -> Outgoing:
        """A reply by name, in Chinese for a Chinese conversation, else in English."""
        filled = {**self._policy.facts(spoken(language)), **facts}
        return read_response(_fill(variant_in(self.by_name[name], language), filled))


def _fill(value: Any, facts: dict[str, Any]) -> Any:
    if isinstance(value, str):
        # Not str.format: a payload is JSON, with braces of its own.
        for name, fact in facts.items():
            value = value.replace(f"{{{name}}}", str(fact))
        return value
    if isinstance(value, list):
        return [_fill(entry, facts) for entry in value]
    if isinstance(value, dict):
        return {key: _fill(entry, facts) for key, entry in value.items()}
    return value
