"""Sessions: a random token in a cookie, its SHA-256 and everything else in Postgres.

They are kept on the server, not signed into the cookie, so that signing out, a new password and a removed user end
them at once, on every replica; each page reads Postgres anyway.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import Json

from kit import settings
from kit.queries import Queries

if TYPE_CHECKING:
    from kit.db import Connection, Row

COOKIE: Final = "opsflows_session"
_TOKEN_BYTES: Final = 32
_HOUR_S: Final = 3600
_MINUTE_S: Final = 60
_sql = Queries("console")


def begin(conn: Connection, person: str, via: str, stamp: str = "") -> tuple[str, str]:
    """Open a session.

    Args:
        conn: database.
        person: who it is for.
        via: `password` or `proxy`.
        stamp: what must stay as it is for the session to go on.

    Returns:
        The token for the cookie, and the CSRF token of its forms.
    """
    token, csrf = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
    _sql.run(conn, "tidy")
    _sql.run(
        conn,
        "session_begin",
        token_hash=digest(token),
        person=person,
        via=via,
        stamp=stamp,
        csrf=csrf,
        lives_s=settings.get().console_session_hours * _HOUR_S,
    )
    return token, csrf


def find(conn: Connection, token: str) -> Row | None:
    """The session of a cookie, while it lives; None when it has ended or never was."""
    found = _sql.one(
        conn,
        "session_find",
        token_hash=digest(token),
        idle_s=settings.get().console_idle_minutes * _MINUTE_S,
    )
    if found and found["stale"]:
        _sql.run(conn, "session_seen", token_hash=digest(token))
    return found


def end(conn: Connection, session: bytes) -> None:
    """End a session: its cookie opens nothing from now on."""
    _sql.run(conn, "session_end", token_hash=session)


def tell(conn: Connection, session: bytes, key: str, values: dict[str, Any], *, good: bool) -> None:
    """Have the next page say something once: a text of the catalogue with its values."""
    notice = {"key": key, "values": values, "good": good}
    _sql.run(conn, "session_notice", token_hash=session, notice=Json(notice))


def told(conn: Connection, session: bytes) -> Row | None:
    """What the page is to say, which is forgotten with that; None when there is nothing."""
    found = _sql.one(conn, "session_notice_take", token_hash=session)
    return found["notice"] if found else None


def digest(token: str) -> bytes:
    """What of a token is kept. It is random and long, so that a plain hash will do."""
    return hashlib.sha256(token.encode()).digest()
