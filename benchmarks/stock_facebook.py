"""Rasa's own Facebook connector with a configurable platform address, as a baseline."""

from __future__ import annotations

import os
from typing import Any

import fbmessenger
from rasa.core.channels.facebook import FacebookInput

_init = fbmessenger.MessengerClient.__init__


def _elsewhere(self: Any, *given: Any, **named: Any) -> None:
    _init(self, *given, **named)
    self.graph_url = os.environ["FACEBOOK_GRAPH_BASE"] + "/v2.12"


fbmessenger.MessengerClient.__init__ = _elsewhere

__all__ = ["FacebookInput"]
