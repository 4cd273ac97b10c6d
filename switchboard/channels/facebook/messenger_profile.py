"""Sets up a page's Messenger profile.

The Get Started button, the greeting and the menu in both languages, and the app's subscription to
the page's messages.
"""

from __future__ import annotations

import json
from typing import Any

from switchboard.channels.facebook.graph_api import GraphApi, read_refusal
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.shop.speech import Phrasebook, open_phrasebook

FIELDS = (
    "messages,messaging_postbacks,message_echoes,message_edits,message_deliveries,"
    "message_reads,message_reactions,messaging_referrals"
)
PROFILE = ("get_started", "greeting", "persistent_menu")
MENU = ("track_order", "return_item", "contact_human_agent")
_LOCALES = {"default": "en", "zh_CN": "zh", "zh_TW": "zh", "zh_HK": "zh"}
_MAX_TITLE, _MAX_GREETING = 30, 160


def messenger_profile(phrasebook: Phrasebook, known: bool = True) -> dict[str, Any]:
    """The page's profile, with texts in both languages; `known`: customers may ask what is known of
    them."""
    greeting, menu = [], []
    for locale, language in _LOCALES.items():
        speech = phrasebook.speak(language)
        text = speech.word("channels", "greeting")[:_MAX_GREETING]
        greeting.append({"locale": locale, "text": text})
        actions = [
            {
                "type": "postback",
                "title": speech.word("meanings", intent)[:_MAX_TITLE],
                "payload": f"/{intent}",
            }
            for intent in MENU
        ]
        if known:
            title = speech.word("commands", "profile")[:_MAX_TITLE]
            actions.append({"type": "postback", "title": title, "payload": "/profile"})
        menu.append(
            {"locale": locale, "composer_input_disabled": False, "call_to_actions": actions}
        )
    started = {"payload": "/greet"}
    return {"get_started": started, "greeting": greeting, "persistent_menu": menu}


async def run(what: str) -> list[str]:
    """Set, check or remove the profile of every page; returns a line for each.

    Raises:
        ConfigurationError: a setting is missing.
        Undelivered: the Graph API refused, or did not answer.
    """
    settings = load_settings()
    facebook = settings.facebook
    if not facebook.page_tokens or not facebook.app_secret:
        raise ConfigurationError("FACEBOOK_PAGE_ACCESS_TOKEN and FACEBOOK_APP_SECRET must be set")
    graph = GraphApi(
        facebook.graph_base, facebook.graph_version, facebook.page_tokens, facebook.app_secret
    )
    try:
        lines = []
        for page in facebook.page_tokens:
            lines.append(f"page {page or '(by its token)'}: {await _apply(graph, page, what)}")
        return lines
    finally:
        await graph.close()


async def _apply(graph: GraphApi, page: str, what: str) -> str:
    async def ask(method: str, path: str, body: Any = None, **params: str) -> Any:
        reply = await graph.ask(method, page, path, body, params)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data

    if what == "check":
        profile = await ask("GET", "me/messenger_profile", fields=",".join(PROFILE))
        apps = await ask("GET", "me/subscribed_apps")
        return json.dumps({**profile, "apps": apps.get("data")}, ensure_ascii=False)
    if what == "remove":
        await ask("DELETE", "me/messenger_profile", {"fields": list(PROFILE)})
        await ask("DELETE", "me/subscribed_apps")
        return "removed"
    settings = load_settings()
    profile = messenger_profile(open_phrasebook(settings.data_dir), settings.profile)
    await ask("POST", "me/subscribed_apps", subscribed_fields=FIELDS)
    await ask("POST", "me/messenger_profile", profile)
    return "set"
