"""How WeChat signs and encrypts what it sends to a callback, written from its description.

The key is 32 bytes; AES in CBC mode with its first 16 as IV; 16 random bytes, the length as four
bytes in network order, the message, the receiver's id; filled up to 32 as PKCS#7 says.
"""

from __future__ import annotations

import base64
import hashlib
import os
import struct
import time
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def _cipher(key: str) -> Cipher:
    raw = base64.b64decode(key + "=")
    return Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))


def encrypt(message: str, receiver: str, key: str = KEY) -> str:
    told = message.encode()
    plain = os.urandom(16) + struct.pack(">I", len(told)) + told + receiver.encode()
    filled = 32 - len(plain) % 32
    box = _cipher(key).encryptor()
    return base64.b64encode(box.update(plain + bytes([filled]) * filled) + box.finalize()).decode()


def decrypt(encrypted: str, key: str = KEY) -> tuple[str, str]:
    """The message, and the receiver's id behind it."""
    box = _cipher(key).decryptor()
    plain = box.update(base64.b64decode(encrypted)) + box.finalize()
    plain = plain[16 : -plain[-1]]
    (length,) = struct.unpack(">I", plain[:4])
    return plain[4 : 4 + length].decode(), plain[4 + length :].decode()


def write(fields: dict) -> str:
    """An XML message; numbers stand as they are, texts in CDATA."""
    written = "".join(f"<{name}>{_value(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{written}</xml>"


def _value(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def read(xml: str | bytes) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ET.fromstring(xml)}


def query(token: str, encrypted: str = "", at: float | None = None, **more: str) -> str:
    """The arguments of a call: signed, and with the message's signature if it is encrypted."""
    stamp, nonce = str(int(time.time() if at is None else at)), "n0nce"
    told = {"timestamp": stamp, "nonce": nonce, "signature": sign(token, stamp, nonce), **more}
    if encrypted:
        told["msg_signature"] = sign(token, stamp, nonce, encrypted)
    return urlencode(told)
