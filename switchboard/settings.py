"""The only reader of the environment. Every setting stands here and in `.env.example`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from switchboard.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent


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
