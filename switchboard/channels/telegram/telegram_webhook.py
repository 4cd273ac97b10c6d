"""Sets up the webhook and the list of commands."""

from __future__ import annotations

import json

from switchboard.channels.telegram.bot_api import TelegramApi
from switchboard.channels.telegram.telegram_updates import COMMANDS, UPDATES
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.shop.speech import open_phrasebook


async def run(what: str) -> str:
    """Set, check or remove the webhook; returns a line about the result.

    Raises:
        ConfigurationError: a setting is missing.
        Undelivered: Telegram refused, or did not answer.
    """
    settings = load_settings()
    telegram = settings.telegram
    if not telegram.bot_token:
        raise ConfigurationError("TELEGRAM_BOT_TOKEN must be set")
    api = TelegramApi(telegram.api_base, telegram.bot_token)
    try:
        if what == "check":
            return json.dumps(await api.call("getWebhookInfo", {}), ensure_ascii=False)
        if what == "remove":
            await api.call("deleteWebhook", {"drop_pending_updates": False})
            return "removed; what waits is kept for the next webhook, or for make telegram"
        if not telegram.webhook_url or not telegram.secret_token:
            raise ConfigurationError("TELEGRAM_WEBHOOK_URL and TELEGRAM_SECRET_TOKEN must be set")
        wanted = {
            "url": telegram.webhook_url,
            "secret_token": telegram.secret_token,
            "allowed_updates": UPDATES,
            "max_connections": 40,
        }
        await api.call("setWebhook", wanted)
        await _set_commands(api)
        return f"set to {telegram.webhook_url}"
    finally:
        await api.close()


async def _set_commands(api: TelegramApi) -> None:
    settings = load_settings()
    phrasebook = open_phrasebook(settings.data_dir)
    offered = [name for name in (*COMMANDS, "language") if settings.profile or name != "profile"]
    for language in ("en", "zh"):
        speech = phrasebook.speak(language)
        commands = [
            {"command": name, "description": speech.word("commands", name)} for name in offered
        ]
        code = {"language_code": language} if language != "en" else {}
        await api.call("setMyCommands", {"commands": commands, **code})
