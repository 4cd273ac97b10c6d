"""The parts of the settings, one for each thing that a deployment decides about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LlmSettings:
    """Which language models are asked, and within which bounds."""

    model: str
    api_key: str
    base_url: str
    """Empty: the provider's own address."""
    fallback_model: str
    """Asked when the first is down; empty: none is."""
    fallback_api_key: str
    fallback_base_url: str
    vision_model: str
    """Looks at pictures, at the first model's address; empty: none does."""
    timeout: float
    """Time for one open question, retries included; below the 10 s that `rasa shell` waits."""
    stall: float
    """A call that is silent for so long is given up."""
    concurrent: int
    """Calls at once, in one process."""
    prompt_tokens: int
    """What a prompt may hold; history gives way first."""
    prices: str
    """Money for a million tokens: `model=in/out, model=in/out`."""
    daily_money: float
    daily_tokens: int
    """After either in a day (UTC) the articles answer; 0: no ceiling."""

    @property
    def configured(self) -> bool:
        """Whether a model can be asked: a key for a provider, or the address of a server."""
        return bool(self.api_key or self.base_url)


@dataclass(frozen=True)
class FacebookSettings:
    """Messenger (and Instagram): an app, and the pages that it speaks for."""

    verify_token: str
    app_secret: str
    page_tokens: Mapping[str, str]
    """Access tokens by page id; the one under "" serves all other pages."""
    graph_base: str
    graph_version: str
    page_inbox_hours: float
    """How long the bot is silent after somebody answered in the page's own inbox."""


@dataclass(frozen=True)
class TelegramSettings:
    """A Telegram bot."""

    bot_token: str
    secret_token: str
    """What Telegram sends with each update to our webhook."""
    webhook_url: str
    api_base: str
    polling: bool
    """Ask for updates instead of being called, for a machine without a public address."""


@dataclass(frozen=True)
class WebSettings:
    """The chat for the shop's own page."""

    origins: tuple[str, ...]
    """Pages that may embed it, as `https://shop.example`; the server's own demo page always may."""
    messages_a_minute: int


@dataclass(frozen=True)
class DeskSettings:
    """Who is told when nobody takes a case, and how long things are kept."""

    wait_minutes: float
    """So long a case may lie in opening hours before somebody is told."""
    notify_url: str
    notify_secret: str
    """Signs what is sent to `notify_url`."""
    notify_email: str
    smtp_url: str
    """`smtp://user:password@host:port`, or `smtps://`."""
    address: str
    """Where agents find the desk, for links in what they are told."""
    keep_conversations_days: int
    keep_tickets_days: int
    keep_figures_days: int


@dataclass(frozen=True)
class ChatwootSettings:
    """Chatwoot in place of our own desk; without a `url`, it is not used."""

    url: str
    account: str
    inbox: str
    """The number of an inbox of the kind "API"."""
    token: str
    secret: str
    """Signs the calls of the inbox's webhook."""
