"""Sets up a page's Messenger profile.

The Get Started button, the greeting and the menu in both languages, and the app's subscription to
the page's messages.
"""

from __future__ import annotations

import json
from typing import Any

from switchboard.channels.facebook.graph_api import GraphApi, read_refusal
from switchboard.channels.payload import mappings
from switchboard.comments.comment_rules import load_comment_rules
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.shop.policy import load_policy
from switchboard.shop.speech import Phrasebook, open_phrasebook

FIELDS = (
    "messages,messaging_postbacks,message_echoes,message_edits,message_deliveries,"
    "message_reads,message_reactions,messaging_referrals"
)
PROFILE = ("get_started", "greeting", "persistent_menu")
MENU = ("track_order", "return_item", "contact_human_agent")
FEED = "feed"
"""The field by which a page's comments come, and with which those of its Instagram account do."""
_LOCALES = {"default": "en", "zh_CN": "zh", "zh_TW": "zh", "zh_HK": "zh"}
_MAX_TITLE, _MAX_GREETING = 30, 160


def messenger_profile(phrasebook: Phrasebook) -> dict[str, Any]:
    """The page's profile, with texts in both languages."""
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
        rules = load_comment_rules(settings.data_dir, load_policy(settings.data_dir / "policy.yml"))
        comments = [name for name in ("facebook", "instagram") if rules.on.get(name)]
        for page in facebook.page_tokens:
            done = await _apply(graph, page, what, bool(comments))
            lines.append(f"page {page or '(by its token)'}: {done}")
        if what == "check":
            lines.append(f"comments are on for: {', '.join(comments) or 'none'}")
        return lines
    finally:
        await graph.close()


async def _apply(graph: GraphApi, page: str, what: str, comments: bool) -> str:
    async def ask(method: str, path: str, body: Any = None, **params: str) -> Any:
        reply = await graph.ask(method, page, path, body, params)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data

    if what == "check":
        profile = await ask("GET", "me/messenger_profile", fields=",".join(PROFILE))
        apps = await ask("GET", "me/subscribed_apps")
        told = json.dumps({**profile, "apps": apps.get("data")}, ensure_ascii=False)
        return f"{told}\n{_comments_come(apps.get('data'), comments)}"
    if what == "remove":
        await ask("DELETE", "me/messenger_profile", {"fields": list(PROFILE)})
        await ask("DELETE", "me/subscribed_apps")
        return "removed"
    phrasebook = open_phrasebook(load_settings().data_dir)
    fields = f"{FIELDS},{FEED}" if comments else FIELDS
    await ask("POST", "me/subscribed_apps", subscribed_fields=fields)
    await ask("POST", "me/messenger_profile", messenger_profile(phrasebook))
    return "set"


def _comments_come(apps: object, wanted: bool) -> str:
    """Whether the page tells an app of comments, beside whether the shop wants it to."""
    fields = {field for app in mappings(apps) for field in app.get("subscribed_fields") or ()}
    if FEED in fields:
        return f"comments come: an app is subscribed to {FEED}"
    if wanted:
        return f"MISSING: no app is subscribed to {FEED}, so no comment comes; run this with `set`"
    return f"no app is subscribed to {FEED}, and comments are off"
