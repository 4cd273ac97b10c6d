"""Rasa's response templates, with the shop's facts filled in from `data/policy.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from components import action_client
from switchboard.errors import ConfigurationError
from switchboard.policy import load_policy
from switchboard.settings import load_settings

action_client.install()


def read_replies(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What actions say, by name.

    It has the form of Rasa's responses but is no part of the trained model: no dialogue policy
    predicts it, and a changed word needs a restart and no training.
    """
    replies: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, variants in content["replies"].items():
            if name in replies:
                raise ConfigurationError(f"{path.name}: {name} stands in another file too")
            replies[name] = variants
    return replies


class PolicyResponses(TemplatedNaturalLanguageGenerator):
    """Fills `{returns_window_days}` and its like beside slots and what an action gave.

    Named in `endpoints.yml` as `nlg`; what an action gives wins over a fact, a fact over a slot.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        data_dir = load_settings().data_dir
        self._replies = read_replies(data_dir / "replies")
        super().__init__(domain.responses)
        self._facts = load_policy(data_dir / "policy.yml").facts

    @property
    def responses(self) -> dict[str, list[dict[str, Any]]]:
        """The domain's responses and the replies of the actions."""
        return self._responses

    @responses.setter
    def responses(self, of_domain: dict[str, list[dict[str, Any]]]) -> None:
        # Rasa assigns the domain's anew with each model that it loads.
        self._responses = {**of_domain, **self._replies}

    def _fill_response(
        self,
        response: dict[str, Any],
        filled_slots: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        filled: dict[str, Any] = super()._fill_response(
            response, {**(filled_slots or {}), **self._facts}, **kwargs
        )
        return filled
