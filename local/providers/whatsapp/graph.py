"""What all Graph routes share: the token check, the headers, the dying versions."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import Response

from local.providers.whatsapp import errors

if TYPE_CHECKING:
    from fastapi import Request

    from local.providers.answers import Answer
    from local.providers.world import World

OLDEST_ALIVE = 21
CURRENT = "v26.0"
_BUSINESS_USAGE = (
    '{"102290129340398":[{"type":"whatsapp","call_count":1,"total_cputime":1,"total_time":1,'
    '"estimated_time_to_regain_access":0}]}'
)


def unauthorised(request: Request, world: World) -> Answer | None:
    """Graph's 401 unless the bearer is ours."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secrets.compare_digest(token.encode(), world.credentials.whatsapp_token.encode()):
        return None
    return errors.by_code(190, message="Invalid OAuth access token - Cannot parse access token")


def respond(answer: Answer, version: str = CURRENT) -> Response:
    """The HTTP response with Graph's headers; a dead version is upgraded and says so."""
    headers = {
        **dict(answer.headers),
        "x-fb-request-id": "A" + secrets.token_urlsafe(16),
        "facebook-api-version": version,
    }
    if int(version[1:].partition(".")[0]) < OLDEST_ALIVE:
        headers["facebook-api-version"] = CURRENT
        headers["x-ad-api-version-warning"] = (
            f"The call has been auto-upgraded to {CURRENT} as {version} will be deprecated."
        )
    headers["x-app-usage"] = '{"call_count":0,"total_cputime":0,"total_time":0}'
    headers["x-business-use-case-usage"] = _BUSINESS_USAGE
    return Response(answer.body, answer.status, headers)
