"""`python -m channels.telegram_setup set|check|remove`: the webhook, and the list of commands."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from channels.platform import Undelivered
from channels.telegram_api import TelegramApi
from channels.telegram_updates import COMMANDS, UPDATES
from switchboard.errors import SwitchboardError
from switchboard.settings import load_settings
from switchboard.speech import open_phrasebook


async def run(what: str) -> str:
    """Do it; a line on what came of it.

    Raises:
        SwitchboardError: a setting is missing.
        Undelivered: Telegram refused, or did not answer.
    """
    settings = load_settings()
    telegram = settings.telegram
    if not telegram.bot_token:
        raise SwitchboardError("TELEGRAM_BOT_TOKEN must be set")
    api = TelegramApi(telegram.api_base, telegram.bot_token)
    try:
        if what == "check":
            return json.dumps(await api.call("getWebhookInfo", {}), ensure_ascii=False)
        if what == "remove":
            await api.call("deleteWebhook", {"drop_pending_updates": False})
            return "removed; what waits is kept for the next webhook, or for make telegram"
        if not telegram.webhook_url or not telegram.secret_token:
            raise SwitchboardError("TELEGRAM_WEBHOOK_URL and TELEGRAM_SECRET_TOKEN must be set")
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
    phrasebook = open_phrasebook(load_settings().data_dir)
    for language in ("en", "zh"):
        speech = phrasebook.speak(language)
        commands = [
            {"command": name, "description": speech.word("commands", name)}
            for name in (*COMMANDS, "language")
        ]
        code = {"language_code": language} if language != "en" else {}
        await api.call("setMyCommands", {"commands": commands, **code})


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    what = arguments[0] if arguments else "check"
    if what not in ("set", "check", "remove"):
        print("telegram: set, check or remove", file=sys.stderr)
        return 2
    try:
        print(asyncio.run(run(what)))
    except (SwitchboardError, Undelivered) as error:
        print(f"telegram: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
