"""Signing in by an OpenID Connect provider: the way there, and what it says on the way back.

The authorization code flow with PKCE, state and nonce. What the provider says is believed if it is
signed by a key of its own, for us, now, in answer to what this browser began.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from switchboard.errors import OpenIdDown, OpenIdRefused
from switchboard.settings import OpenIdSettings

_Answer = TypeVar("_Answer")
SECONDS = 8.0
"""For all that is asked of the provider on the way there, or on the way back."""
MOST_BYTES = 200_000
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""None that is made with a secret that others may have, and not `none`."""


@dataclass(frozen=True)
class Journey:
    """What a browser keeps between the way there and the way back."""

    state: str
    nonce: str
    verifier: str

    def __str__(self) -> str:
        """As a cookie holds it."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @classmethod
    def new(cls) -> Journey:
        """A journey that nobody can guess."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def read(cls, text: str) -> Journey | None:
        """What a cookie holds; None if it is none of ours."""
        parts = text.split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for: a verified e-mail address in small letters."""

    email: str
    name: str


class OpenIdProvider:
    """A provider, found by its issuer. Its metadata and keys are asked for when they are needed
    first, the keys again when one is new."""

    def __init__(self, settings: OpenIdSettings) -> None:
        self._settings = settings
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}

    async def way_there(self, journey: Journey, back: str) -> str:
        """The address at which somebody signs in, and comes `back` from.

        Raises:
            OpenIdDown: the provider does not answer, or not in time.
            OpenIdRefused: what it says of itself is not what it should.
        """
        metadata = await self._in_time(self._discovered())
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": create_s256_code_challenge(journey.verifier),
            "code_challenge_method": "S256",
        }
        address: str = add_params_to_uri(metadata["authorization_endpoint"], asked.items())
        return address

    async def way_back(self, journey: Journey, told: Mapping[str, str], back: str) -> Vouched:
        """Whom the provider vouches for, by the query with which somebody came `back`.

        Raises:
            OpenIdDown: the provider does not answer, or not in time.
            OpenIdRefused: it refused, or what it says is not to be believed.
        """
        if not hmac.compare_digest(told.get("state", "").encode(), journey.state.encode()):
            raise OpenIdRefused("another journey")
        if told.get("error") or not told.get("code"):
            raise OpenIdRefused("the provider refused")
        return await self._in_time(self._vouched(journey, told["code"], back))

    async def _in_time(self, asked: Coroutine[Any, Any, _Answer]) -> _Answer:
        try:
            return await asyncio.wait_for(asked, SECONDS)
        except (asyncio.TimeoutError, httpx.HTTPError) as error:
            raise OpenIdDown(type(error).__name__) from None
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Whatever shape the answer had: it was not the one that is agreed on.
            raise OpenIdRefused(type(error).__name__) from None

    async def _vouched(self, journey: Journey, code: str, back: str) -> Vouched:
        metadata = await self._discovered()
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._settings.client_id,
            "code_verifier": journey.verifier,
        }
        tokens = await self._exchange(metadata, given)
        claims = await self._claims(tokens["id_token"], journey.nonce)
        if "email" not in claims and "userinfo_endpoint" in metadata:
            bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
            more = await self._ask("GET", metadata["userinfo_endpoint"], headers=bearer)
            if more["sub"] != claims["sub"]:
                raise OpenIdRefused("somebody else's data")
            claims = {**more, **claims}
        if claims.get("email_verified") is not True or not isinstance(claims["email"], str):
            raise OpenIdRefused("the e-mail address is not verified")
        return Vouched(claims["email"].strip().lower(), str(claims.get("name") or ""))

    async def _exchange(self, metadata: Mapping[str, Any], given: dict[str, str]) -> dict[str, Any]:
        secret = self._settings.client_secret
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in ways:
            login = httpx.BasicAuth(self._settings.client_id, secret)
            return await self._ask("POST", metadata["token_endpoint"], data=given, auth=login)
        sent = {**given, "client_secret": secret}
        return await self._ask("POST", metadata["token_endpoint"], data=sent)

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, which is checked as the standard says."""
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            token = jwt.decode(id_token, await self._key_set(), registry=registry)
        except InvalidKeyIdError:  # the provider has new keys
            self._keys = {}
            token = jwt.decode(id_token, await self._key_set(), registry=registry)
        ours = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        about = {"nonce": nonce, "client_id": self._settings.client_id}
        claims = CodeIDToken(token.claims, token.header, ours, about)
        claims.validate(leeway=LEEWAY_SECONDS)
        return dict(claims)

    async def _key_set(self) -> KeySet:
        if not self._keys:
            self._keys = await self._ask("GET", (await self._discovered())["jwks_uri"])
        return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]

    async def _discovered(self) -> dict[str, Any]:
        if not self._metadata:
            issuer = self._settings.issuer
            found = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != issuer:
                raise OpenIdRefused("another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if urlsplit(found[name]).scheme != urlsplit(issuer).scheme:
                    raise OpenIdRefused(f"{name} is not protected")
            self._metadata = found
        return self._metadata

    async def _ask(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        """A JSON object from the provider, of a bounded size; redirections are not followed."""
        async with (
            httpx.AsyncClient(timeout=SECONDS) as client,
            client.stream(method, address, **given) as answer,
        ):
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise OpenIdRefused("too long an answer")
            if answer.status_code >= 500:
                raise OpenIdDown(str(answer.status_code))
            if answer.status_code != 200:
                raise OpenIdRefused(str(answer.status_code))
        found = httpx.Response(200, content=content).json()
        if not isinstance(found, dict):
            raise OpenIdRefused("no object")
        return found
