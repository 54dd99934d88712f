"""The token looks at itself: whether it is good, for how long, and what it may do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kit.errors import OpsflowsError
from tools.doctor import trouble
from tools.doctor.meta.advice import ADVICE, MANAGEMENT, MESSAGING, NEW_TOKEN, TITLE, TOKEN_PAGE
from tools.doctor.meta.graph import Graph, Token
from tools.doctor.model import Finding, attention, ok, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Meta's subcodes of a token that is no longer good.
_WHY: Final = {
    458: "the app was removed from the account",
    460: "the password of its owner was changed",
    463: "it has expired",
    464: "its owner is not confirmed",
    467: "it was revoked",
}
_DAY_S: Final = 86_400
_SOON_DAYS: Final = 14


def look(api: Graph, token: str) -> tuple[list[Finding], Token | None]:
    """What Meta says about the token, and what the further questions need of it; None when it is no good."""
    try:
        data = api.get("debug_token", token, input_token=token)["data"]
    except OpsflowsError as error:
        return [_refused(error)], None
    if not isinstance(data, dict) or not data.get("is_valid"):
        return [wrong("token", "Meta says that the token is not valid.", NEW_TOKEN, TOKEN_PAGE)], None
    scopes = [str(scope) for scope in data.get("scopes") or ()]
    known = Token(str(data.get("app_id", "")), str(data.get("application", "?")), _accounts(data), MANAGEMENT in scopes)
    return [*_life(data), *_scopes(scopes)], known


def _refused(error: OpsflowsError) -> Finding:
    """Meta's subcode tells why a token is no longer accepted."""
    why = _WHY.get(error.details.get("subcode") or 0)
    if error.code == "whatsapp_token" and why:
        return wrong("token", f"Meta no longer accepts the token: {why}.", NEW_TOKEN, TOKEN_PAGE)
    return trouble.finding(error, TITLE, ADVICE)


def _life(data: Mapping[str, Any]) -> Iterator[Finding]:
    ends = min(
        (int(data.get(key) or 0) for key in ("expires_at", "data_access_expires_at") if data.get(key)), default=0
    )
    who = f"token of {str(data.get('type', 'unknown')).lower().replace('_', ' ')}, app {data.get('application', '?')}"
    page = "setup/whatsapp.md#token-lifetimes"
    if not ends:
        yield ok("token", f"The {who}, is valid and does not expire.")
        return
    day = datetime.fromtimestamp(ends, UTC).date()
    days = (ends - time.time()) / _DAY_S
    if days < 0:
        yield wrong("token", f"The {who}, expired on {day}.", NEW_TOKEN, TOKEN_PAGE)
    elif days < _SOON_DAYS:
        text = f"The {who}, expires on {day}: it is a temporary one."
        yield attention("token", text, NEW_TOKEN, page)
    else:
        action = "Replace it by one without expiry, or note the day."
        yield attention("token", f"The {who}, is valid until {day}.", action, page)


def _scopes(scopes: list[str]) -> Iterator[Finding]:
    page = "setup/whatsapp.md#permission-missing"
    action = f"Generate the token again with {MESSAGING} and {MANAGEMENT} ticked."
    if MESSAGING not in scopes:
        text = f"The token lacks {MESSAGING}: pictures cannot be fetched and answers not sent."
        yield wrong("permissions", text, action, page)
    elif MANAGEMENT not in scopes:
        text = f"The token lacks {MANAGEMENT}: it works, but number and webhooks cannot be looked at."
        yield attention("permissions", text, action, page)
    else:
        yield ok("permissions", f"It has {MESSAGING} and {MANAGEMENT}.")


def _accounts(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The WhatsApp accounts that the token names, in its order and each once."""
    granular = [grant for grant in data.get("granular_scopes") or () if isinstance(grant, dict)]
    ids = [str(id_) for grant in granular if grant.get("scope") == MANAGEMENT for id_ in grant.get("target_ids") or ()]
    return tuple(dict.fromkeys(ids))
