"""The settings of a deployment: the only reader of the environment.

Each field names its variable; `.env.example` and `docs/configuration.md` list them all, which a
test checks. The process's environment wins over the file `.env` of the project.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseSettings, Field, ValidationError, validator
from pydantic.fields import ModelField

from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT, VAR

PREFIX = "SWITCHBOARD_"
"""Names that are ours alone: an unknown one is a mistake."""
DELIVERED_WEBHOOK = "http://127.0.0.1:5055/webhook"
"""The address of the action server in `endpoints.yml` as it is delivered."""


class _Section(BaseSettings):
    """A group of settings, read from the mapping that it is made with."""

    class Config:
        """Immutable, and read from `environ` alone."""

        allow_mutation = False
        anystr_strip_whitespace = True
        case_sensitive = True

        @classmethod
        def customise_sources(cls, init_settings: Any, **_others: Any) -> tuple[Any, ...]:
            """The environment is read once, by `load_settings`, and handed on."""
            environ = init_settings.init_kwargs["environ"]
            return (lambda section: _read_section(type(section), environ),)


def _subsection(field: ModelField) -> type[_Section] | None:
    is_section = isinstance(field.type_, type) and issubclass(field.type_, _Section)
    return field.type_ if is_section else None


def _read_section(section: type[BaseSettings], environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in section.__fields__.items():
        below = _subsection(field)
        if below is not None:
            values[name] = below(environ=environ)
        elif field.field_info.extra["env"] in environ:
            values[name] = environ[field.field_info.extra["env"]]
    return values


def _setting(name: str, default: Any = "", **bounds: Any) -> Any:
    """A field that is read from the variable `name`."""
    return Field(default, env=name, **bounds)


def _aes_key(value: str) -> str:
    """An EncodingAESKey. One with a mistake must not read as none: messages would come in plain."""
    if value and not re.fullmatch(r"[A-Za-z0-9+/]{43}", value, re.ASCII):
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return value


class LlmSettings(_Section):
    """Which language models are asked, and within which bounds."""

    model: str = _setting("SWITCHBOARD_LLM_MODEL", "gpt-4o-mini")
    api_key: str = _setting("OPENAI_API_KEY")
    base_url: str = _setting("OPENAI_BASE_URL")
    """Empty: the provider's own address."""
    fallback_model: str = _setting("SWITCHBOARD_LLM_FALLBACK_MODEL")
    """Asked when the first is down; empty: none is."""
    fallback_api_key: str = _setting("SWITCHBOARD_LLM_FALLBACK_API_KEY")
    """Empty: the first model's."""
    fallback_base_url: str = _setting("SWITCHBOARD_LLM_FALLBACK_BASE_URL")
    """Empty: the first model's."""
    vision_model: str = _setting("SWITCHBOARD_LLM_VISION_MODEL")
    """Looks at pictures, at the first model's address; empty: none does."""
    wording: Literal["shop", "model"] = _setting("SWITCHBOARD_LLM_WORDING", "shop")
    """`shop`: the customer reads the shop's statements that a model chose. `model`: the model's own
    wording of them, if checks and a second call find it true."""
    timeout: float = _setting("SWITCHBOARD_LLM_TIMEOUT", 7.0, ge=0.1, le=8.5)
    """Seconds for one open question, retries included; below the 10 s that `rasa shell` waits."""
    stall: float = _setting("SWITCHBOARD_LLM_STALL", 4.0, ge=0.1, le=8.5)
    """Seconds of silence after which a call is given up."""
    concurrent: int = _setting("SWITCHBOARD_LLM_CONCURRENT", 64, ge=1, le=1000)
    """Calls at once, in one process."""
    prompt_tokens: int = _setting("SWITCHBOARD_LLM_PROMPT_TOKENS", 3000, ge=1200, le=1_000_000)
    """What a prompt may hold; history gives way first."""
    prices: str = _setting("SWITCHBOARD_LLM_PRICES")
    """Money for a million tokens: `model=in/out, model=in/out`."""
    daily_money: float = _setting("SWITCHBOARD_LLM_DAILY_MONEY", 0.0, ge=0, le=1e9)
    daily_tokens: int = _setting("SWITCHBOARD_LLM_DAILY_TOKENS", 0, ge=0, le=10**12)
    """After either in a day (UTC) the articles answer; 0: no ceiling."""

    @validator("fallback_api_key", always=True)
    def _same_key(cls, value: str, values: dict[str, Any]) -> str:
        return value or str(values.get("api_key") or "")

    @validator("fallback_base_url", always=True)
    def _same_address(cls, value: str, values: dict[str, Any]) -> str:
        return value or str(values.get("base_url") or "")

    @property
    def configured(self) -> bool:
        """Whether a model can be asked: a key for a provider, or the address of a server."""
        return bool(self.api_key or self.base_url)


class VoiceSettings(_Section):
    """Who writes down voice notes; without a `model`, nobody does."""

    model: str = _setting("OPENAI_TRANSCRIPTION_MODEL")
    api_key: str = _setting("SWITCHBOARD_TRANSCRIPTION_API_KEY")
    """Empty: the language model's, where the address is on its server."""
    base_url: str = _setting("SWITCHBOARD_TRANSCRIPTION_BASE_URL")
    """Empty: the language model's."""
    price: float = _setting("SWITCHBOARD_TRANSCRIPTION_PRICE", 0.0, ge=0, le=1000)
    """Money for a minute of sound; counts against the language model's ceiling of a day."""
    timeout: float = _setting("SWITCHBOARD_TRANSCRIPTION_TIMEOUT", 15.0, ge=0.1, le=60.0)
    """Seconds for one voice note, retries included; its customer waits for them."""
    longest: float = _setting("SWITCHBOARD_TRANSCRIPTION_LONGEST", 120.0, ge=1, le=600)
    """Seconds of sound; a longer one is kept, and not transcribed."""


class FacebookSettings(_Section):
    """Messenger (and Instagram): an app, and the pages that it speaks for."""

    verify_token: str = _setting("FACEBOOK_VERIFY_TOKEN")
    app_secret: str = _setting("FACEBOOK_APP_SECRET")
    page_tokens: dict[str, str] = _setting("FACEBOOK_PAGE_ACCESS_TOKEN", {})
    """Access tokens by page id; the one under "" serves all other pages."""
    graph_base: str = _setting("FACEBOOK_GRAPH_BASE", "https://graph.facebook.com")
    graph_version: str = _setting("FACEBOOK_GRAPH_VERSION", "v23.0")
    page_inbox_hours: float = _setting("FACEBOOK_PAGE_INBOX_HOURS", 12.0, ge=0, le=720)
    """How long the bot is silent after somebody answered in the page's own inbox."""

    @validator("page_tokens", pre=True)
    def _tokens(cls, value: Any) -> dict[str, str]:
        """`token` for one page, or `page=token, page=token`; a token holds no equals sign."""
        tokens = {}
        for entry in value.replace(",", " ").split() if isinstance(value, str) else ():
            page, equals, token = entry.partition("=")
            if equals and page.isdigit():
                tokens[page] = token
            else:
                tokens[""] = entry
        return tokens

    @validator("graph_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")


class WhatsAppSettings(_Section):
    """WhatsApp's Cloud API: an app, a token, and the phone numbers that it speaks for."""

    access_token: str = _setting("WHATSAPP_ACCESS_TOKEN")
    app_secret: str = _setting("WHATSAPP_APP_SECRET")
    verify_token: str = _setting("WHATSAPP_VERIFY_TOKEN")
    phone_numbers: tuple[str, ...] = _setting("WHATSAPP_PHONE_NUMBER_ID", ())
    """Ids of the numbers, which are not the numbers; what others receive is left alone."""
    graph_base: str = _setting("WHATSAPP_GRAPH_BASE", "https://graph.facebook.com")
    graph_version: str = _setting("WHATSAPP_GRAPH_VERSION", "v23.0")
    template: str = _setting("WHATSAPP_TEMPLATE")
    """An approved template with one variable, in which a message goes that came too late for free
    text; empty: such a message is not sent."""
    template_languages: tuple[str, ...] = _setting("WHATSAPP_TEMPLATE_LANGUAGES", ("en",))
    """The languages in which it is approved, as Meta writes them; the first for all else."""

    @validator("phone_numbers", "template_languages", pre=True)
    def _listed(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @validator("phone_numbers", each_item=True)
    def _an_id(cls, value: str) -> str:
        if not re.fullmatch(r"\d{5,20}", value, re.ASCII):
            raise ValueError("a phone number's id is made of digits alone, without a +")
        return value

    @validator("graph_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")


class TelegramSettings(_Section):
    """A Telegram bot."""

    bot_token: str = _setting("TELEGRAM_BOT_TOKEN")
    secret_token: str = _setting("TELEGRAM_SECRET_TOKEN")
    """What Telegram sends with each update to our webhook."""
    webhook_url: str = _setting("TELEGRAM_WEBHOOK_URL")
    api_base: str = _setting("TELEGRAM_API_BASE", "https://api.telegram.org")
    polling: bool = _setting("TELEGRAM_POLLING", False)
    """Ask for updates instead of being called, for a machine without a public address."""

    @validator("api_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")


class WechatSettings(_Section):
    """A WeChat official account."""

    app_id: str = _setting("WECHAT_APP_ID")
    app_secret: str = _setting("WECHAT_APP_SECRET")
    token: str = _setting("WECHAT_TOKEN")
    """Signs what WeChat sends to our webhook."""
    encoding_aes_key: str = _setting("WECHAT_ENCODING_AES_KEY")
    """Encrypts it too; empty: messages come in plain, and only then."""
    api_base: str = _setting("WECHAT_API_BASE", "https://api.weixin.qq.com")

    @validator("encoding_aes_key")
    def _whole_key(cls, value: str) -> str:
        return _aes_key(value)

    @validator("api_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        wanted = {
            "WECHAT_APP_ID": self.app_id,
            "WECHAT_APP_SECRET": self.app_secret,
            "WECHAT_TOKEN": self.token,
        }
        return [name for name, value in wanted.items() if not value]


class WecomSettings(_Section):
    """WeCom customer service (微信客服) of a company."""

    corp_id: str = _setting("WECOM_CORP_ID")
    secret: str = _setting("WECOM_KF_SECRET")
    """Of the application that may call customer service."""
    token: str = _setting("WECOM_TOKEN")
    encoding_aes_key: str = _setting("WECOM_ENCODING_AES_KEY")
    api_base: str = _setting("WECOM_API_BASE", "https://qyapi.weixin.qq.com")

    @validator("encoding_aes_key")
    def _whole_key(cls, value: str) -> str:
        return _aes_key(value)

    @validator("api_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")

    def missing(self) -> list[str]:
        """The required settings that are missing."""
        wanted = {
            "WECOM_CORP_ID": self.corp_id,
            "WECOM_KF_SECRET": self.secret,
            "WECOM_TOKEN": self.token,
            "WECOM_ENCODING_AES_KEY": self.encoding_aes_key,
        }
        return [name for name, value in wanted.items() if not value]


class XSettings(_Section):
    """An app on X, and the account that it speaks for."""

    api_key: str = _setting("X_API_KEY")
    api_secret: str = _setting("X_API_SECRET")
    """Signs what X delivers, and our answers to its checks."""
    client_secret: str = _setting("X_CLIENT_SECRET")
    """The app's OAuth 2.0 secret, by which X signs where the app has one."""
    access_token: str = _setting("X_ACCESS_TOKEN")
    access_token_secret: str = _setting("X_ACCESS_TOKEN_SECRET")
    quick_replies: bool = _setting("X_QUICK_REPLIES", False)
    """Send choices as buttons, by the endpoint of version 1.1 that not every app has."""
    api_base: str = _setting("X_API_BASE", "https://api.x.com")
    media_base: str = _setting("X_MEDIA_BASE", "https://ton.twitter.com")
    """Where the pictures of direct messages are fetched."""

    @validator("api_base", "media_base")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def account(self) -> str:
        """The number of the account, with which its access token begins; empty if it does not."""
        number, dash, _ = self.access_token.partition("-")
        return number if dash and number.isascii() and number.isdigit() else ""

    @property
    def missing(self) -> list[str]:
        """The names of the required settings that are missing."""
        wanted = {
            "X_API_KEY": self.api_key,
            "X_API_SECRET": self.api_secret,
            "X_ACCESS_TOKEN": self.account,
            "X_ACCESS_TOKEN_SECRET": self.access_token_secret,
        }
        return [name for name, value in wanted.items() if not value]


class WebSettings(_Section):
    """The chat for the shop's own page."""

    origins: tuple[str, ...] = _setting("SWITCHBOARD_WEB_ORIGINS", ())
    """Pages that may embed it, as `https://shop.example`; the server's own demo page always may."""
    messages_a_minute: int = _setting("SWITCHBOARD_WEB_MESSAGES_A_MINUTE", 20, ge=1, le=1000)

    @validator("origins", pre=True)
    def _listed(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _mail_server(value: str, *schemes: str) -> str:
    """The address of a mail server. What is wrong is told without it: it holds a password."""
    try:
        server = urlsplit(value)
        found = server.scheme in schemes and bool(server.hostname) and server.port != 0
    except ValueError:
        found = False
    if value and not found:
        wanted = " or ".join(f"{scheme}://user:password@host:port" for scheme in schemes)
        raise ValueError(
            f"must read {wanted}, with @ : / and spaces of a password as %40 %3A %2F %20"
        )
    return value


class EmailSettings(_Section):
    """E-mail as a channel; without an `address`, it is off."""

    address: str = _setting("SWITCHBOARD_EMAIL_ADDRESS")
    """Where customers write, and what answers come from."""
    imap_url: str = _setting("SWITCHBOARD_EMAIL_IMAP_URL")
    """Empty: the tickets' mailbox."""
    smtp_url: str = _setting("SWITCHBOARD_EMAIL_SMTP_URL")
    """Empty: the tickets' server."""
    sent_folder: str = _setting("SWITCHBOARD_EMAIL_SENT_FOLDER")
    """Where the mailbox keeps what was sent; empty: nothing is looked up there."""
    poll_seconds: float = _setting("SWITCHBOARD_EMAIL_POLL_SECONDS", 20.0, ge=0.2, le=3600)
    answers_an_hour: int = _setting("SWITCHBOARD_EMAIL_ANSWERS_AN_HOUR", 12, ge=1, le=1000)
    """Messages of one address that are answered within an hour; more stay in the mailbox."""

    @validator("address")
    def _one_address(cls, value: str) -> str:
        name, at, host = value.partition("@")
        if value and not (name and at and host and re.fullmatch(r"[\w.%+@-]{3,120}", value)):
            raise ValueError("not an e-mail address")
        return value.lower()

    @validator("imap_url")
    def _mailbox(cls, value: str) -> str:
        return _mail_server(value, "imaps", "imap")

    @validator("smtp_url")
    def _post(cls, value: str) -> str:
        return _mail_server(value, "smtps", "smtp")


class DeskSettings(_Section):
    """Who is told when nobody takes a ticket, and how long data is kept."""

    wait_minutes: float = _setting("SWITCHBOARD_DESK_WAIT_MINUTES", 10.0, ge=0.01, le=10080)
    """Minutes of opening hours that a ticket may wait before somebody is told."""
    notify_url: str = _setting("SWITCHBOARD_NOTIFY_URL")
    notify_secret: str = _setting("SWITCHBOARD_NOTIFY_SECRET")
    """Signs what is sent to `notify_url`."""
    notify_email: str = _setting("SWITCHBOARD_NOTIFY_EMAIL")
    smtp_url: str = _setting("SWITCHBOARD_SMTP_URL")
    """`smtp://user:password@host:port`, or `smtps://`."""
    imap_url: str = _setting("SWITCHBOARD_IMAP_URL")
    """`imaps://user:password@host:port/folder`, or `imap://`: where replies to tickets' e-mails
    come in; empty: they are not read."""
    mail_ca: str = _setting("SWITCHBOARD_MAIL_CA")
    """A file of certificates that are believed of mail servers, beside this machine's own."""
    port: int = _setting("SWITCHBOARD_DESK_PORT", 5010, ge=1, le=65535)
    address: str = _setting("SWITCHBOARD_DESK_ADDRESS")
    """Where agents find the desk, for links in what they are told; empty: on this machine."""
    keep_conversations_days: int = _setting(
        "SWITCHBOARD_KEEP_CONVERSATIONS_DAYS", 365, ge=1, le=36500
    )
    keep_tickets_days: int = _setting("SWITCHBOARD_KEEP_TICKETS_DAYS", 730, ge=1, le=36500)
    keep_figures_days: int = _setting("SWITCHBOARD_KEEP_FIGURES_DAYS", 1095, ge=1, le=36500)

    @validator("imap_url")
    def _mailbox(cls, value: str) -> str:
        return _mail_server(value, "imaps", "imap")

    @validator("smtp_url")
    def _post(cls, value: str) -> str:
        return _mail_server(value, "smtps", "smtp")

    second_factor: Literal["optional", "required"] = _setting(
        "SWITCHBOARD_DESK_SECOND_FACTOR", "optional"
    )
    """Whether everybody who signs in with a password needs a second factor."""
    proxies: tuple[str, ...] = _setting("SWITCHBOARD_DESK_PROXIES", ())
    """Addresses or networks of proxies whose word on where a request comes from is taken."""

    @validator("proxies", pre=True)
    def _networks(cls, value: Any) -> Any:
        listed = value.replace(",", " ").split() if isinstance(value, str) else value
        for one in listed:
            ipaddress.ip_network(one, strict=False)  # a name, or `*`, would trust anybody
        return tuple(listed)

    @validator("address", always=True)
    def _bare_address(cls, value: str, values: dict[str, Any]) -> str:
        return value.rstrip("/") or f"http://127.0.0.1:{values.get('port', 0)}"


class ServerSettings(_Section):
    """Where the servers listen, and by which secrets they know each other."""

    host: str = _setting("SWITCHBOARD_HOST", "127.0.0.1")
    """The address that all servers listen on."""
    rasa_port: int = _setting("SWITCHBOARD_RASA_PORT", 5005, ge=1, le=65535)
    actions_port: int = _setting("SWITCHBOARD_ACTIONS_PORT", 5055, ge=1, le=65535)
    actions_url: str = _setting("SWITCHBOARD_ACTIONS_URL")
    """Where Rasa's process finds the action server; empty: as `endpoints.yml` says."""
    actions_secret: str = _setting("SWITCHBOARD_ACTIONS_SECRET")
    """What Rasa's process shows the action server; without it that one listens on loopback only."""
    sanic_workers: int = _setting("SANIC_WORKERS", 1, ge=1, le=64)
    """Processes that one Rasa server forks; more than one is refused, see `docs/operations.md`."""
    rest_token: str = _setting("SWITCHBOARD_REST_TOKEN")
    """Opens the channel `rest` to callers that show it; empty: the channel is off."""

    def webhook(self, configured: str = "") -> str:
        """Where the action server takes calls: the setting, else what `endpoints.yml` says. What it
        says as it is delivered gives way to another port."""
        if self.actions_url or configured not in ("", DELIVERED_WEBHOOK):
            return self.actions_url or configured
        return f"http://127.0.0.1:{self.actions_port}/webhook"


class WatchSettings(_Section):
    """What the processes tell of themselves."""

    log_format: Literal["text", "json"] = _setting("SWITCHBOARD_LOG_FORMAT", "text")
    log_key: str = _setting("SWITCHBOARD_LOG_KEY")
    """Makes the pseudonyms of conversations in logs; empty: a random one, kept below `var/`."""
    metrics_token: str = _setting("SWITCHBOARD_METRICS_TOKEN")
    """Opens `/metrics` to callers that show it; empty: to this machine alone."""
    otlp_endpoint: str = _setting("OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where traces go (OTLP over HTTP); empty: none are made."""


class OpenIdSettings(_Section):
    """An OpenID Connect provider by which people sign in; without an `issuer`, none is used."""

    issuer: str = _setting("SWITCHBOARD_OIDC_ISSUER")
    client_id: str = _setting("SWITCHBOARD_OIDC_CLIENT_ID")
    client_secret: str = _setting("SWITCHBOARD_OIDC_CLIENT_SECRET")
    role: Literal["", "agent", "supervisor"] = _setting("SWITCHBOARD_OIDC_ROLE", "")
    """What somebody becomes whom the provider knows and the desk does not; empty: nobody is let in
    who was not taken on."""

    @validator("issuer")
    def _protected(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("an issuer begins with https://")
        return value


class ChatwootSettings(_Section):
    """Chatwoot in place of our own desk; without a `url`, it is not used."""

    url: str = _setting("SWITCHBOARD_CHATWOOT_URL")
    account: str = _setting("SWITCHBOARD_CHATWOOT_ACCOUNT", "1")
    inbox: str = _setting("SWITCHBOARD_CHATWOOT_INBOX")
    """The number of an inbox of the kind "API"."""
    token: str = _setting("SWITCHBOARD_CHATWOOT_TOKEN")
    secret: str = _setting("SWITCHBOARD_CHATWOOT_SECRET")
    """Signs the calls of the inbox's webhook."""

    @validator("url")
    def _bare_address(cls, value: str) -> str:
        return value.rstrip("/")


class Settings(_Section):
    """What a deployment decides. Durations are in seconds unless the name says otherwise."""

    database_url: str = _setting("SWITCHBOARD_DATABASE_URL", f"sqlite:///{VAR / 'switchboard.db'}")
    """Tickets, conversations, identity checks (an SQLAlchemy URL)."""
    orders_url: str = _setting("SWITCHBOARD_ORDERS_URL", f"sqlite:///{VAR / 'shop.db'}")
    """The order system: `sqlite:///file` for the embedded shop, `http(s)://` for your own."""
    orders_token: str = _setting("SWITCHBOARD_ORDERS_TOKEN")
    """Bearer token for an HTTP order system; empty: none is sent."""
    orders_contract: Literal["1", "2", "woocommerce"] = _setting("SWITCHBOARD_ORDERS_CONTRACT", "1")
    """What an HTTP order system speaks: our contract's version, or a shop system's own API."""
    orders_webhook_secret: str = _setting("SWITCHBOARD_ORDERS_WEBHOOK_SECRET")
    """Signs what the order system tells by itself; empty: it tells nothing, and nobody is told."""
    orders_timeout: float = _setting("SWITCHBOARD_ORDERS_TIMEOUT", 4.0, ge=0.1, le=8.0)
    """Time for one call to the order system, its retries included."""
    data_dir: Path = _setting("SWITCHBOARD_DATA_DIR", PROJECT / "data")
    """Where `policy.yml`, `articles/` and `replies/` lie."""
    files_dir: Path = _setting("SWITCHBOARD_FILES_DIR", VAR / "files")
    """Where pictures and files of conversations lie; shared by all processes."""
    knowledge_url: str = _setting("SWITCHBOARD_KNOWLEDGE_URL")
    """A PostgreSQL URL for the passages (with pgvector); empty: they are held in memory."""
    redis_url: str = _setting("SWITCHBOARD_REDIS_URL")
    """Redis, by which several Rasa servers keep limits and show pages together; empty: none."""
    model_wheel: str = _setting("SWITCHBOARD_MODEL_WHEEL")
    """A copy of the sentence model's wheel: a path or an http(s) address; empty: as installed."""
    log_words: bool = _setting("SWITCHBOARD_LOG_WORDS", False)
    """Whether logs repeat what libraries say, customers' words and order numbers included."""
    customer_names: bool = _setting("SWITCHBOARD_CUSTOMER_NAMES", False)
    """Whether customers are greeted by the name that their platform tells."""
    profile: bool = _setting("SWITCHBOARD_PROFILE", True)
    """Whether what customers prefer is kept, and conversations of one proved person are joined."""
    learn_daily: bool = _setting("SWITCHBOARD_LEARN_DAILY", True)
    """Whether what conversations teach is proposed once a day by itself."""
    identity_minutes: int = _setting("SWITCHBOARD_IDENTITY_MINUTES", 60, ge=1, le=1440)
    """How long a proved identity lasts without a message."""
    session_minutes: int = _setting("SWITCHBOARD_SESSION_MINUTES", 60, ge=1, le=10080)
    """After this silence a conversation starts afresh."""
    llm: LlmSettings
    voice: VoiceSettings
    facebook: FacebookSettings
    telegram: TelegramSettings
    whatsapp: WhatsAppSettings
    wechat: WechatSettings
    wecom: WecomSettings
    x: XSettings
    web: WebSettings
    email: EmailSettings
    desk: DeskSettings
    chatwoot: ChatwootSettings
    servers: ServerSettings
    watch: WatchSettings
    openid: OpenIdSettings


def setting_names(section: type[_Section] = Settings) -> Iterator[str]:
    """The name of every variable that is read."""
    for field in section.__fields__.values():
        below = _subsection(field)
        if below is not None:
            yield from setting_names(below)
        else:
            yield field.field_info.extra["env"]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ`, by default the process and below it the file `.env`.

    Raises:
        ConfigurationError: a value is not what it has to be, or a name of ours is unknown; the
            message names the variable.
    """
    if environ is None:
        file = {k: v for k, v in dotenv_values(PROJECT / ".env").items() if v is not None}
        environ = {**file, **os.environ}
    given = {name: value for name, value in environ.items() if value.strip()}
    _refuse_unknown(given)
    try:
        return Settings(environ=given)  # type: ignore[call-arg]
    except ValidationError as error:
        raise ConfigurationError(_first_mistake(error, given)) from None


def _first_mistake(error: ValidationError, given: Mapping[str, str]) -> str:
    first = error.errors()[0]
    field: ModelField = error.model.__fields__[str(first["loc"][0])]  # type: ignore[union-attr]
    name = field.field_info.extra["env"]
    # A text may be a secret, and is never repeated.
    numeric = isinstance(field.type_, type) and issubclass(field.type_, int | float)
    value = f", not {given[name]!r}" if numeric else ""
    return f"{name}: {first['msg']}{value}"


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = list(setting_names())
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.0)[0]
            raise ConfigurationError(f"there is no setting {name}; did you mean {near}?")
