"""The Graph API as WhatsApp's settings say, without Rasa: a check of them takes no time."""

from __future__ import annotations

from switchboard.channels.facebook.graph_api import GraphApi
from switchboard.settings import WhatsAppSettings


def missing_settings(settings: WhatsAppSettings) -> list[str]:
    """The required settings that are missing."""
    wanted: dict[str, object] = {
        "WHATSAPP_ACCESS_TOKEN": settings.access_token,
        "WHATSAPP_APP_SECRET": settings.app_secret,
        "WHATSAPP_VERIFY_TOKEN": settings.verify_token,
        "WHATSAPP_PHONE_NUMBER_ID": settings.phone_numbers,
    }
    return [name for name, value in wanted.items() if not value]


def open_graph(settings: WhatsAppSettings) -> GraphApi:
    """The Graph API with the token that serves all numbers."""
    return GraphApi(
        settings.graph_base,
        settings.graph_version,
        {"": settings.access_token},
        settings.app_secret,
        platform="whatsapp",
    )
