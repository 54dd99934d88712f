"""What people do in the console: each press counts once, is written down, and ends on the page it came from."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import Json
from starlette.responses import RedirectResponse

from console import access, db, sessions
from kit import logging
from kit.db import transaction
from kit.errors import OpsflowsError
from kit.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from console.visit import Person
    from kit.db import Connection, Row

_sql = Queries("console")
_MOST_DIGITS: Final = 18  # as many as a bigint always has room for


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action.

    Attributes:
        text: key of what the page says next, below `console.done.`.
        values: its placeholders.
        good: False when nothing was done, or not all.
    """

    text: str
    values: dict[str, Any] = field(default_factory=dict)
    good: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """A press of a button.

    Attributes:
        name: such as `alerts.acknowledge`.
        target: what it is done to.
        seen: what the person saw of it, as the form carried it: pressed again from the same page it is the same press.
        back: where the browser goes afterwards.
        detail: what else is worth knowing later; no secret and nothing personal.
        drawn: the newest action when the page was drawn (`newest`): what was done before that may be done again, even
            when all looks as it did then.
    """

    name: str
    target: str
    seen: str
    back: str
    detail: dict[str, Any] = field(default_factory=dict)
    drawn: int = 0

    @property
    def once(self) -> str:
        """What makes it one press."""
        return hashlib.sha256(f"{self.name}\n{self.target}\n{self.seen}".encode()).hexdigest()


def perform(request: Request, person: Person, action: Action, work: Callable[[Connection], Done]) -> Response:
    """Do it once, write it down, and send the browser back to a page that says what came of it.

    Args:
        request: what asks.
        person: an operator.
        action: what is done.
        work: does it. What it raises is told on the page and written down, too.
    """
    with db.connect() as conn:
        begun = _begin(conn, request, person.name, action)
        done = _work(conn, begun, work) if begun else Done("already", good=False)
        sessions.tell(conn, person.session, f"console.done.{done.text}", done.values, good=done.good)
    return RedirectResponse(action.back, status_code=303)


def note(conn: Connection, request: Request, by: str, name: str, target: str) -> None:
    """Write down what needs no form of a session: a look at a person's data, a press behind a signed link."""
    once = secrets.token_hex(16)
    begun = _begin(conn, request, by, Action(name, target, once, ""))
    _sql.run(conn, "action_end", action_id=begun, outcome="done", code=None, detail=Json({}))


def recent(conn: Connection, most: int) -> list[Row]:
    """The newest actions."""
    return _sql.every(conn, "actions_recent", most=most)


def newest(conn: Connection) -> int:
    """The number of the newest action; a page with buttons asks for it before it asks for what it shows."""
    found = _sql.one(conn, "action_newest")
    return int(found["action_id"]) if found else 0


def drawn(form: Mapping[str, str]) -> int:
    """What a form says of `newest`; 0, so that nothing is done again, for what is no number of ours."""
    text = form.get("drawn", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0


def _begin(conn: Connection, request: Request, by: str, action: Action) -> int | None:
    """Its number in the book; None when it was done already."""
    with transaction(conn):
        _sql.run(conn, "action_died", once=action.once)
        _sql.run(conn, "action_past", once=action.once, drawn=action.drawn)
        found = _sql.one(
            conn,
            "action_begin",
            once=action.once,
            person=by,
            action=action.name,
            target=action.target,
            detail=Json(action.detail),
            client=access.client(request),
        )
    return int(found["action_id"]) if found else None


def _work(conn: Connection, action_id: int, work: Callable[[Connection], Done]) -> Done:
    try:
        done = work(conn)
    except OpsflowsError as error:
        logging.get(__name__).warning("console.action_failed", action_id=action_id, code=error.code)
        _sql.run(conn, "action_end", action_id=action_id, outcome="failed", code=error.code, detail=Json({}))
        return Done("failed", {"reason": str(error)[:300]}, good=False)
    detail = {"result": done.text, **{name: str(value) for name, value in done.values.items()}}
    _sql.run(conn, "action_end", action_id=action_id, outcome="done", code=None, detail=Json(detail))
    return done
