"""The token endpoint: checks the JWT assertion really, against the service account's public key."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_google_json
from local.providers.credentials import public_key
from local.providers.google.state import Token, Tokens
from local.providers.world import TOKENS

if TYPE_CHECKING:
    from local.providers.world import World

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_LIFE_S = 3600
UNREASONABLE = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    " Check your iat and exp values in the JWT claim."
)
# google-auth writes this audience whatever token_uri says; others write the token_uri.
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"


def router(world: World) -> APIRouter:
    """The token route."""
    routes = APIRouter()
    key = public_key(world.credentials)

    @routes.post("/google/token")
    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("latin-1"))
        audience = [GOOGLE_AUDIENCE, str(request.base_url).rstrip("/") + "/google/token"]
        answer = _exchange(world, key, audience, {name: values[0] for name, values in form.items()})
        return Response(answer.body, answer.status, dict(answer.headers))

    return routes


def _exchange(world: World, key: bytes, audience: list[str], form: dict[str, str]) -> Answer:
    if form.get("grant_type") != GRANT:
        return _refused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
    claims = _claims(form.get("assertion", ""), key, audience)
    if isinstance(claims, str):
        return _refused("invalid_grant", claims)
    if claims.get("iss") != world.credentials.google_client_email:
        return _refused("invalid_grant", "Invalid grant: account not found")
    scopes = str(claims.get("scope", "")).split()
    if not scopes:
        return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return _grant(world, str(claims["iss"]), scopes)


def _grant(world: World, email: str, scopes: list[str]) -> Answer:
    life = world.config.google.token_life_s
    token = "ya29.c." + secrets.token_urlsafe(48)
    tokens = world.store.part(TOKENS, Tokens)
    tokens.by_value[token] = Token(email=email, scopes=scopes, expires=world.clock.now() + life)
    world.store.touch(TOKENS)
    return as_google_json(200, {"access_token": token, "expires_in": life, "token_type": "Bearer"})


def _claims(assertion: str, key: bytes, audience: list[str]) -> dict[str, Any] | str:
    """The claims of a genuine assertion, or why it is refused."""
    from google.auth import exceptions, jwt

    try:
        claims = jwt.decode(assertion, certs=key, audience=audience, clock_skew_in_seconds=10)  # type: ignore[no-untyped-call]
    except (ValueError, exceptions.GoogleAuthError, json.JSONDecodeError) as error:
        return _objection(str(error))
    return UNREASONABLE if claims["exp"] - claims["iat"] > LONGEST_LIFE_S else dict(claims)


def _objection(error: str) -> str:
    """Google has one sentence for every assertion whose times do not fit its clock."""
    if "too early" in error or "expired" in error:
        return UNREASONABLE
    return "Invalid JWT Signature." if "signature" in error.lower() else f"Invalid JWT: {error}"


def _refused(error: str, description: str) -> Answer:
    return as_google_json(400, {"error": error, "error_description": description})
