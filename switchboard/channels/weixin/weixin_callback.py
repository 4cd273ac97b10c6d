"""Opens and seals what WeChat sends to a callback: the signature, the encryption, the XML.

Follows developers.weixin.qq.com (消息加解密说明), which developer.work.weixin.qq.com repeats.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xmltodict
from typing_extensions import override
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from switchboard.channels.connector import same_secret
from switchboard.channels.payload import is_shallow, string
from switchboard.clock import epoch_now
from switchboard.errors import SwitchboardError

MAX_AGE = 600.0
"""Seconds that a signature is good for: what was seen once in a log opens nothing later."""
KEY = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)
"""An EncodingAESKey: 32 bytes in base64, without the sign at the end."""


class CallbackRefused(SwitchboardError):
    """A call is not WeChat's: a wrong signature, or sealed for somebody else."""


class CallbackUnread(SwitchboardError):
    """A call is signed rightly, and is nothing that WeChat sends."""


@dataclass(frozen=True)
class Seal:
    """What stands in a callback's address."""

    signature: str
    message_signature: str
    timestamp: str
    nonce: str
    echo: str

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Seal:
        """Read from the arguments of a request."""
        names = ("signature", "msg_signature", "timestamp", "nonce", "echostr")
        return cls(*(string(arguments.get(name)) for name in names))


class _Cipher(PrpCrypto):
    @override
    def get_random_string(self) -> str:
        """Sixteen letters that nobody can foretell: the key's own bytes are the fixed IV."""
        return secrets.token_hex(8)


class WeixinCallback:
    """The callback of an account: `receiver` is the appid, or the id of the company."""

    def __init__(self, token: str, key: str, receiver: str) -> None:
        self._token = token
        self._crypto = WeChatCrypto(token, key, receiver) if KEY.fullmatch(key) else None
        self._receiver = receiver

    @property
    def sealed(self) -> bool:
        """Whether messages are encrypted; those that are not are then refused."""
        return self._crypto is not None

    def greet(self, seal: Seal) -> str:
        """What answers the call by which WeChat tries the address.

        Raises:
            CallbackRefused: it is not signed, or too old.
        """
        if seal.message_signature:  # WeCom encrypts even this
            return self._opened(seal.echo, seal)
        self._check(seal.signature, seal)
        return seal.echo

    def open(self, body: bytes, seal: Seal) -> Mapping[str, Any]:
        """The message of a call.

        Raises:
            CallbackRefused: it is not signed, too old, or not encrypted although a key is set.
            CallbackUnread: it is no XML of WeChat's.
        """
        if self._crypto is None:
            self._check(seal.signature, seal)
            return _parse(body)
        if not seal.message_signature:
            raise CallbackRefused("not encrypted")
        try:
            encrypted = string(_parse(body).get("Encrypt"))
        except CallbackUnread:
            raise CallbackRefused("not encrypted") from None
        return _parse(self._opened(encrypted, seal).encode())

    def close(self, xml: str, nonce: str) -> str:
        """An answer to a call, encrypted if messages are."""
        if self._crypto is None:
            return xml
        now = str(int(epoch_now()))
        return str(self._crypto._encrypt_message(xml, nonce, now, _Cipher))

    def _opened(self, encrypted: str, seal: Seal) -> str:
        if self._crypto is None or not encrypted:
            raise CallbackRefused("not encrypted for us")
        self._check(seal.message_signature, seal, encrypted)
        try:
            return str(_Cipher(self._crypto.key).decrypt(encrypted, self._receiver))
        except Exception:  # wrong length, padding, number or receiver: many kinds of error
            raise CallbackRefused("not encrypted for us") from None

    def _check(self, given: str, seal: Seal, *signed: str) -> None:
        """In constant time: the library's own comparison is not."""
        parts = sorted(
            text.encode("utf-8", "surrogatepass")
            for text in (self._token, seal.timestamp, seal.nonce, *signed)
        )
        expected = hashlib.sha1(b"".join(parts)).hexdigest()  # noqa: S324 (WeChat's choice)
        if not self._token or not same_secret(given, expected):
            raise CallbackRefused("not signed by the token")
        if not re.fullmatch(r"\d{9,11}", seal.timestamp, re.ASCII):
            raise CallbackRefused("no time")
        if abs(epoch_now() - int(seal.timestamp)) > MAX_AGE:
            raise CallbackRefused("too old")


def _parse(body: bytes) -> Mapping[str, Any]:
    """The fields of an XML message. The parser refuses entities unexpanded."""
    try:
        root = xmltodict.parse(body, disable_entities=True)
        fields = root.get("xml")
    except Exception:  # expat's errors, ValueError for entities, RecursionError for what is deep
        raise CallbackUnread("no XML") from None
    if not isinstance(fields, Mapping) or not is_shallow(fields):
        raise CallbackUnread("no message")
    return fields
