"""Rasa's response templates, with the shop's facts filled in from `data/policy.yml`."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from components import action_client
from switchboard.policy import load_policy
from switchboard.settings import load_settings

action_client.install()


class PolicyResponses(TemplatedNaturalLanguageGenerator):
    """Fills `{returns_window_days}` and its like beside slots and what an action gave.

    Named in `endpoints.yml` as `nlg`; what an action gives wins over a fact, a fact over a slot.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._facts = load_policy(load_settings().data_dir / "policy.yml").facts

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
