"""Checks the settings of WhatsApp, and asks the API in what state each phone number is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.facebook.graph_api import GraphApi
from switchboard.channels.payload import inner, string
from switchboard.channels.platform import Undelivered
from switchboard.channels.whatsapp.whatsapp_errors import read_whatsapp_refusal
from switchboard.channels.whatsapp.whatsapp_graph import missing_settings, open_graph
from switchboard.errors import ConfigurationError
from switchboard.settings import WhatsAppSettings, load_settings

WEBHOOK = "/webhooks/whatsapp/webhook"
_FIELDS = (
    "display_phone_number,verified_name,name_status,status,code_verification_status,"
    "quality_rating,platform_type"
)
_WANTED = {
    "status": ("CONNECTED",),
    "platform_type": ("CLOUD_API",),
    "quality_rating": ("GREEN", "YELLOW", "NA", "UNKNOWN"),
    "name_status": ("APPROVED", "AVAILABLE_WITHOUT_REVIEW"),
}
"""What is as it should be; another value is told, and one that the API leaves out is not."""


async def run() -> tuple[list[str], bool]:
    """A line for each phone number and for what is missing, and whether nothing is.

    Raises:
        ConfigurationError: settings are missing.
    """
    settings = load_settings().whatsapp
    missing = missing_settings(settings)
    if missing:
        raise ConfigurationError(f"WhatsApp is off, for want of {', '.join(missing)}")
    graph = open_graph(settings)
    lines: list[str] = []
    whole = True
    try:
        for number in settings.phone_numbers:
            told, fine = await _check(graph, number)
            lines += told
            whole = whole and fine
    finally:
        await graph.close()
    return [*lines, _template(settings)], whole


async def _check(graph: GraphApi, number: str) -> tuple[list[str], bool]:
    try:
        found = await _ask(graph, number, _FIELDS)
    except Undelivered as error:
        return [f"{number}: {error}"], False
    shown = string(found.get("display_phone_number")), string(found.get("verified_name"))
    lines = [f"{number}: {' '.join(part for part in shown if part)}"]
    odd = [
        f"  {name} is {found[name]}"
        for name, wanted in _WANTED.items()
        if name in found and found[name] not in wanted
    ]
    address = await _webhook(graph, number)
    if address is not None and WEBHOOK not in address:
        odd.append(f"  its webhook is {address or 'not set'}: it should end in {WEBHOOK}")
    return [*lines, *odd], not odd


async def _webhook(graph: GraphApi, number: str) -> str | None:
    """Where the number's messages are delivered; None if the API does not tell."""
    try:
        found = inner(await _ask(graph, number, "webhook_configuration"), "webhook_configuration")
    except Undelivered:
        return None
    names = ("phone_number", "whatsapp_business_account", "application")  # the first that is set
    return next((string(found[name]) for name in names if found.get(name)), "")


async def _ask(graph: GraphApi, number: str, fields: str) -> Mapping[str, Any]:
    reply = await graph.ask("GET", number, number, params={"fields": fields})
    refused = read_whatsapp_refusal(reply)
    if refused is None:
        return reply.data
    told = string(inner(reply.data, "error").get("message"))[:300]
    detail = f"{refused.detail}: {told}" if told and told.isprintable() else refused.detail
    raise Undelivered(refused.trouble, detail, refused.retry_after)


def _template(settings: WhatsAppSettings) -> str:
    if not settings.template:
        return "no template: what comes too late for free text (24 hours) is not sent"
    languages = ", ".join(settings.template_languages)
    return f"template {settings.template} ({languages}) for what comes too late for free text"
