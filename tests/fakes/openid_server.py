"""An OpenID Connect provider over HTTP, with real keys and signatures, that does what it is told."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.http import FakeServer

CLIENT, SECRET = "the-desk", "the client's secret"


class OpenIdServer(FakeServer):
    """`claims` are told of whoever signs in; the rest is what goes wrong."""

    def __init__(self) -> None:
        self.key = self.shown_key = RSAKey.generate_key(2048, {"kid": "one"})
        self.claims: dict[str, Any] = {"email": "bob@example.com", "email_verified": True}
        self.of_user: dict[str, Any] | None = None
        self.told: dict[str, Any] = {}  # in place of what an ID token should say
        self.metadata: dict[str, Any] = {}
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.status, self.seconds, self.body = 200, 0.0, None
        self.begun: dict[str, dict[str, str]] = {}
        super().__init__()

    def consent(self, address: str) -> tuple[str, dict[str, str]]:
        """What a browser does there: the address to which it is sent back, and its query."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.url}/authorize?")
        code = f"code-{len(self.begun)}"
        self.begun[code] = asked
        told = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(told)}", told

    def answer(self, method, path, headers, body):
        time.sleep(self.seconds)
        if self.body is not None:
            return self.status, self.body, {}
        if self.status != 200:
            return self.status, {"error": "down"}, {}
        path = urlsplit(path).path
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery(), {}
        if path == "/keys":
            return 200, {"keys": [self.shown_key.as_dict(private=False)]}, {}
        if path == "/token":
            return self._token(headers, {k: v[0] for k, v in parse_qs(body.decode()).items()})
        if path == "/user" and headers.get("authorization") == "Bearer opaque":
            return 200, self.of_user, {}
        return 404, {}, {}

    def _discovery(self) -> dict[str, Any]:
        paths = {"authorization": "authorize", "token": "token", "userinfo": "user"}
        found = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in paths.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **found, **self.metadata}

    def _token(self, headers, given):
        begun = self.begun.pop(given["code"], None)  # a code is good once
        login = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        by_form = given.get("client_secret") == SECRET
        if headers.get("authorization") != f"Basic {login}" and not by_form:
            return 401, {"error": "invalid_client"}, {}
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            begun is None
            or begun["code_challenge"] != challenge
            or begun["code_challenge_method"] != "S256"
            or begun["redirect_uri"] != given["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}, {}
        now = int(time.time())
        about = {"iss": self.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300}
        claims = {**about, "nonce": begun["nonce"], **self.claims, **self.told}
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        token = self.forge(claims) if self.forge else token
        return 200, {"id_token": token, "access_token": "opaque", "token_type": "Bearer"}, {}
