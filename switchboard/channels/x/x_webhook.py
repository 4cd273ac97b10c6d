"""Sets up, checks and removes the webhook by which X tells what happens to the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from switchboard.channels.payload import inner, mappings, string
from switchboard.channels.platform import Undelivered
from switchboard.channels.platform_client import PlatformReply
from switchboard.channels.x.x_api import XApi, read_refusal
from switchboard.channels.x.x_deliveries import read_id
from switchboard.errors import ConfigurationError
from switchboard.settings import XSettings, load_settings

PATH = "/webhooks/x/webhook"
_UNCHECKED = (
    "X's check was not answered as it wants: does the address lead to a running server, and are "
    "X_API_SECRET and, if set, X_CLIENT_SECRET this app's?"
)


async def run(what: str, address: str) -> tuple[list[str], bool]:
    """Check, set or remove; returns lines about what is there, and whether it is as asked for: for
    a check, whether X delivers to this channel.

    Raises:
        ConfigurationError: settings are missing or belong to another account, or the address is
            none that X calls.
        Undelivered: X refused, or did not answer.
    """
    settings = load_settings().x
    if settings.missing:
        raise ConfigurationError(_what_is_missing(settings))
    if what != "check":
        _require_address(address)
    api = XApi(settings)
    try:
        setup = XSetup(api, settings.account)
        if what == "set":
            who, (lines, whole) = await setup.who(), await setup.set(address)
        elif what == "remove":
            return [await setup.remove(address)], True
        else:
            who, (lines, whole) = await setup.who(), await setup.check()
        return [who, *lines], whole
    finally:
        await api.close()


class XSetup:
    """The webhooks of the app, and the account's subscription to them. Methods raise
    `Undelivered` when X refuses."""

    def __init__(self, api: XApi, account: str) -> None:
        self._api, self._account = api, account
        self._bearer = ""

    async def who(self) -> str:
        """Whose the access token is.

        Raises:
            ConfigurationError: it is another account's than it says.
        """
        user = inner(_accepted(await self._api.ask("GET", "2/users/me")), "data")
        if read_id(user.get("id")) != self._account:
            raise ConfigurationError("X_ACCESS_TOKEN is not of the form that X gives out")
        return f"account: @{string(user.get('username'))} ({self._account})"

    async def check(self) -> tuple[list[str], bool]:
        """A line for each webhook, and whether one of them leads here and is delivered to."""
        lines, whole = [], False
        for hook in await self._webhooks():
            state = "valid" if hook.get("valid") is True else "invalid: X could not verify it"
            told = await self._api.ask("GET", self._subscription(hook))
            subscribed = inner(_accepted(told), "data").get("subscribed") is True
            heard = "this account subscribed" if subscribed else "this account not subscribed"
            lines.append(f"webhook: {string(hook.get('url'))} ({state}; {heard})")
            leads_here = urlsplit(string(hook.get("url"))).path == PATH
            whole = whole or (leads_here and subscribed and hook.get("valid") is True)
        return lines or [f"webhook: none; `switchboard x set https://…{PATH}`"], whole

    async def set(self, address: str) -> tuple[list[str], bool]:
        """Register the address, or have X verify it once more, and subscribe the account to it."""
        hook = await self._at(address)
        if hook is None:
            hook = inner(await self._ask_as_app("POST", "2/webhooks", {"url": address}), "data")
        else:
            await self._ask_as_app("PUT", f"2/webhooks/{read_id(hook.get('id'))}")
        told = await self._api.ask("GET", self._subscription(hook))
        if inner(_accepted(told), "data").get("subscribed") is not True:
            _accepted(await self._api.ask("POST", self._subscription(hook)))
        return await self.check()

    async def remove(self, address: str) -> str:
        """End the account's subscription, and take the webhook away."""
        hook = await self._at(address)
        if hook is None:
            return "there was none at this address"
        number = read_id(hook.get("id"))
        subscribed = f"2/account_activity/webhooks/{number}/subscriptions/{self._account}/all"
        await self._ask_as_app("DELETE", subscribed)
        await self._ask_as_app("DELETE", f"2/webhooks/{number}")
        return "removed"

    async def _webhooks(self) -> list[Mapping[str, Any]]:
        return mappings((await self._ask_as_app("GET", "2/webhooks")).get("data"))

    async def _at(self, address: str) -> Mapping[str, Any] | None:
        hooks = await self._webhooks()
        return next((hook for hook in hooks if hook.get("url") == address), None)

    async def _ask_as_app(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        self._bearer = self._bearer or await self._api.bearer()
        return _accepted(await self._api.ask_as_app(method, path, body, self._bearer))

    @staticmethod
    def _subscription(hook: Mapping[str, Any]) -> str:
        return f"2/account_activity/webhooks/{read_id(hook.get('id'))}/subscriptions/all"


def _accepted(reply: PlatformReply) -> Mapping[str, Any]:
    refused = read_refusal(reply)
    if refused is None:
        return reply.data
    told = " ".join(_words_of(reply))[:300]
    if "crc" in told.lower():
        told = f"{told} - {_UNCHECKED}"
    detail = f"{refused.detail}: {told}" if told else refused.detail
    raise Undelivered(refused.trouble, detail, refused.retry_after)


def _words_of(reply: PlatformReply) -> list[str]:
    """X's own words on a refusal; nothing that a customer wrote is in a call of this module."""
    found = [string(reply.data.get("detail"))]
    found += [string(error.get("message")) for error in mappings(reply.data.get("errors"))]
    return [words for words in found if words.isprintable() and words]


def _what_is_missing(settings: XSettings) -> str:
    told = f"{', '.join(settings.missing)} must be set (see docs/x.md)"
    if settings.access_token and not settings.account:
        told += "; the access token begins with the account's number and a hyphen"
    return told


def _require_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" or ":" in parts.netloc or not parts.netloc or parts.path != PATH:
        raise ConfigurationError(
            f"X calls an address like https://bot.your-shop.example{PATH}, without a port"
        )
