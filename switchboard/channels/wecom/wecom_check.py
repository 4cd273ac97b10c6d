"""Checks the configuration of customer service against WeCom, and says what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.wecom.wecom_api import list_accounts, open_wecom_api
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

ADDRESS = "/webhooks/wecom/webhook"


async def run() -> list[str]:
    """What is right and what is not, in lines.

    Raises:
        ConfigurationError: a setting is missing.
        Undelivered: WeCom gives out no token, or does not let us see the accounts.
    """
    known = load_settings().wecom
    missing = known.missing()
    if missing:
        raise ConfigurationError(f"{', '.join(missing)} must be set")
    api = open_wecom_api(known.api_base, known.corp_id, known.secret)
    try:
        await api.token.get()
        accounts = await list_accounts(api)
        lines = [f"company {known.corp_id}: a token is given out"]
        lines += [_line(account) for account in accounts]
        if not accounts:
            lines.append("no account: create one, and let the application manage it by the API")
        lines.append(f"in WeCom, the address of the callback ends in {ADDRESS}")
        return lines
    finally:
        await api.close()


def _line(account: Mapping[str, Any]) -> str:
    managed = account.get("manage_privilege")
    may = "" if managed else ": not managed by this application, so that it cannot answer"
    return f"account {account.get('open_kfid')} ({account.get('name')}){may}"
