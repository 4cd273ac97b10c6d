"""The only reader of the environment. Every setting stands here and in `.env.example`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from switchboard.errors import ConfigurationError
from switchboard.settings_parts import (
    ChatwootSettings,
    DeskSettings,
    FacebookSettings,
    LlmSettings,
    TelegramSettings,
    WebSettings,
)

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. Durations are in seconds unless the name says otherwise."""

    database_url: str
    """Tickets, conversations, identity checks (an SQLAlchemy URL)."""
    orders_url: str
    """The order system: `sqlite:///file` for the embedded shop, `http(s)://` for your own."""
    orders_token: str
    """Bearer token for an HTTP order system; empty: none is sent."""
    orders_timeout: float
    """Time for one call to the order system, its retries included."""
    data_dir: Path
    """Where `policy.yml` and `articles/` lie."""
    knowledge_url: str
    """A PostgreSQL URL for the passages (with pgvector); empty: they are held in memory."""
    llm: LlmSettings
    facebook: FacebookSettings
    telegram: TelegramSettings
    web: WebSettings
    desk: DeskSettings
    chatwoot: ChatwootSettings
    customer_names: bool
    """Whether customers are greeted by the name that their platform tells."""
    identity_minutes: int
    """How long a proved identity lasts without a message."""
    session_minutes: int
    """After this silence a conversation starts afresh."""


def _text(env: Mapping[str, str], name: str, default: str = "") -> str:
    return env.get(name, "").strip() or default


def _number(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    raw = _text(env, name)
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise ConfigurationError(f"{name} must be a number, not {raw!r}") from None
    if not low <= value <= high:
        raise ConfigurationError(f"{name} must be between {low:g} and {high:g}, not {raw}")
    return value


def _switch(env: Mapping[str, str], name: str) -> bool:
    raw = _text(env, name, "no").lower()
    if raw not in ("yes", "no", "1", "0", "true", "false"):
        raise ConfigurationError(f"{name} must be yes or no, not {raw!r}")
    return raw in ("yes", "1", "true")


def _page_tokens(env: Mapping[str, str]) -> dict[str, str]:
    """`token` for one page, or `page=token, page=token`; a token holds no equals sign inside."""
    tokens = {}
    for entry in _text(env, "FACEBOOK_PAGE_ACCESS_TOKEN").replace(",", " ").split():
        page, equals, token = entry.partition("=")
        if equals and page.isdigit():
            tokens[page] = token
        else:
            tokens[""] = entry
    return tokens


def _default_database() -> str:
    return f"sqlite:///{ROOT / 'var' / 'switchboard.db'}"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ`, by default the process and below it the file `.env`.

    Raises:
        ConfigurationError: a value is not what it has to be; the message names the variable.
    """
    if environ is None:
        file = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
        environ = {**file, **os.environ}

    return Settings(
        database_url=_text(environ, "SWITCHBOARD_DATABASE_URL", _default_database()),
        orders_url=_text(
            environ, "SWITCHBOARD_ORDERS_URL", f"sqlite:///{ROOT / 'var' / 'shop.db'}"
        ),
        orders_token=_text(environ, "SWITCHBOARD_ORDERS_TOKEN"),
        orders_timeout=_number(environ, "SWITCHBOARD_ORDERS_TIMEOUT", 4.0, 0.1, 8.0),
        data_dir=Path(_text(environ, "SWITCHBOARD_DATA_DIR", str(ROOT / "data"))),
        knowledge_url=_text(environ, "SWITCHBOARD_KNOWLEDGE_URL"),
        llm=_llm_settings(environ),
        facebook=_facebook_settings(environ),
        telegram=_telegram_settings(environ),
        web=WebSettings(
            tuple(_text(environ, "SWITCHBOARD_WEB_ORIGINS").replace(",", " ").split()),
            int(_number(environ, "SWITCHBOARD_WEB_MESSAGES_A_MINUTE", 20, 1, 1000)),
        ),
        desk=_desk_settings(environ),
        chatwoot=ChatwootSettings(
            url=_text(environ, "SWITCHBOARD_CHATWOOT_URL").rstrip("/"),
            account=_text(environ, "SWITCHBOARD_CHATWOOT_ACCOUNT", "1"),
            inbox=_text(environ, "SWITCHBOARD_CHATWOOT_INBOX"),
            token=_text(environ, "SWITCHBOARD_CHATWOOT_TOKEN"),
            secret=_text(environ, "SWITCHBOARD_CHATWOOT_SECRET"),
        ),
        customer_names=_switch(environ, "SWITCHBOARD_CUSTOMER_NAMES"),
        identity_minutes=int(_number(environ, "SWITCHBOARD_IDENTITY_MINUTES", 60, 1, 1440)),
        session_minutes=int(_number(environ, "SWITCHBOARD_SESSION_MINUTES", 60, 1, 10080)),
    )


def _llm_settings(environ: Mapping[str, str]) -> LlmSettings:
    def number(name: str, default: float, low: float, high: float) -> float:
        return _number(environ, f"SWITCHBOARD_LLM_{name}", default, low, high)

    return LlmSettings(
        model=_text(environ, "SWITCHBOARD_LLM_MODEL", "gpt-4o-mini"),
        api_key=_text(environ, "OPENAI_API_KEY"),
        base_url=_text(environ, "OPENAI_BASE_URL"),
        fallback_model=_text(environ, "SWITCHBOARD_LLM_FALLBACK_MODEL"),
        fallback_api_key=_text(
            environ, "SWITCHBOARD_LLM_FALLBACK_API_KEY", _text(environ, "OPENAI_API_KEY")
        ),
        fallback_base_url=_text(
            environ, "SWITCHBOARD_LLM_FALLBACK_BASE_URL", _text(environ, "OPENAI_BASE_URL")
        ),
        vision_model=_text(environ, "SWITCHBOARD_LLM_VISION_MODEL"),
        timeout=number("TIMEOUT", 7.0, 0.1, 8.5),
        stall=number("STALL", 4.0, 0.1, 8.5),
        concurrent=int(number("CONCURRENT", 64, 1, 1000)),
        prompt_tokens=int(number("PROMPT_TOKENS", 3000, 1200, 1e6)),
        prices=_text(environ, "SWITCHBOARD_LLM_PRICES"),
        daily_money=number("DAILY_MONEY", 0, 0, 1e9),
        daily_tokens=int(number("DAILY_TOKENS", 0, 0, 1e12)),
    )


def _facebook_settings(environ: Mapping[str, str]) -> FacebookSettings:
    return FacebookSettings(
        verify_token=_text(environ, "FACEBOOK_VERIFY_TOKEN"),
        app_secret=_text(environ, "FACEBOOK_APP_SECRET"),
        page_tokens=_page_tokens(environ),
        graph_base=_text(environ, "FACEBOOK_GRAPH_BASE", "https://graph.facebook.com").rstrip("/"),
        graph_version=_text(environ, "FACEBOOK_GRAPH_VERSION", "v23.0"),
        page_inbox_hours=_number(environ, "FACEBOOK_PAGE_INBOX_HOURS", 12, 0, 720),
    )


def _telegram_settings(environ: Mapping[str, str]) -> TelegramSettings:
    return TelegramSettings(
        bot_token=_text(environ, "TELEGRAM_BOT_TOKEN"),
        secret_token=_text(environ, "TELEGRAM_SECRET_TOKEN"),
        webhook_url=_text(environ, "TELEGRAM_WEBHOOK_URL"),
        api_base=_text(environ, "TELEGRAM_API_BASE", "https://api.telegram.org").rstrip("/"),
        polling=_switch(environ, "TELEGRAM_POLLING"),
    )


def _desk_settings(environ: Mapping[str, str]) -> DeskSettings:
    def days(name: str, default: int) -> int:
        return int(_number(environ, f"SWITCHBOARD_KEEP_{name}_DAYS", default, 1, 36500))

    return DeskSettings(
        wait_minutes=_number(environ, "SWITCHBOARD_DESK_WAIT_MINUTES", 10, 0.01, 10080),
        notify_url=_text(environ, "SWITCHBOARD_NOTIFY_URL"),
        notify_secret=_text(environ, "SWITCHBOARD_NOTIFY_SECRET"),
        notify_email=_text(environ, "SWITCHBOARD_NOTIFY_EMAIL"),
        smtp_url=_text(environ, "SWITCHBOARD_SMTP_URL"),
        address=_text(environ, "SWITCHBOARD_DESK_ADDRESS", "http://127.0.0.1:5010").rstrip("/"),
        keep_conversations_days=days("CONVERSATIONS", 365),
        keep_tickets_days=days("TICKETS", 730),
        keep_figures_days=days("FIGURES", 1095),
    )
