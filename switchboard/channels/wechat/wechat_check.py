"""Checks the configuration of an official account against WeChat, and says what is missing."""

from __future__ import annotations

from switchboard.channels.platform import Undelivered
from switchboard.channels.wechat.wechat_api import open_wechat_api
from switchboard.channels.weixin.weixin_api import WeixinApi
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

ADDRESS = "/webhooks/wechat/webhook"


async def run() -> list[str]:
    """What is right and what is not, in lines.

    Raises:
        ConfigurationError: a setting is missing.
        Undelivered: WeChat gives out no token.
    """
    known = load_settings().wechat
    missing = known.missing()
    if missing:
        raise ConfigurationError(f"{', '.join(missing)} must be set")
    api = open_wechat_api(known.api_base, known.app_id, known.app_secret)
    try:
        await api.token.get()
        sealed = "encrypted" if known.encoding_aes_key else "plain: set WECHAT_ENCODING_AES_KEY"
        return [
            f"account {known.app_id}: a token is given out",
            f"customer-service messages: {await _may_send(api)}",
            f"messages come in: {sealed}",
            f"on the account's page, the address ends in {ADDRESS}",
        ]
    finally:
        await api.close()


async def _may_send(api: WeixinApi) -> str:
    try:
        await api.call("/cgi-bin/customservice/getkflist")
    except Undelivered as error:
        return f"not allowed ({error}); only answers that are ready in time reach customers"
    return "allowed"
