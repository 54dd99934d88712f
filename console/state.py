"""What the flows share: breakers, limits, work that is held, dead letters, switches; with the actions for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, actions, db, etags, pages, paging
from console.actions import Action, Done
from console.forms import Form  # noqa: TC001 - FastAPI reads the annotation
from console.visit import Person
from kit import breaker, claims, dead_letters, http, kestra, logging, policies, settings
from kit.dead_letters import Wanted
from kit.errors import NotFoundError, OpsflowsError
from kit.kv import Store
from kit.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.db import Connection, Row

BACK: Final = "/state"
MOST_CLAIMS: Final = 50
MOST_LETTERS: Final = 50
MOST_KEYS: Final = 200
MOST_REPLAYED: Final = 1000
REPLAY: Final = "executions/opsflows.platform/dlq_replay"
# What a person can do to a breaker: the name in the address, and what it means to the kit.
BREAKER_ACTIONS: Final[dict[str, Callable[[Connection, str], None]]] = {
    "open": lambda conn, provider: breaker.force(conn, provider, "open"),
    "close": lambda conn, provider: breaker.force(conn, provider, "closed"),
    "reset": breaker.reset,
}
_SHORTLY: Final = http.RetryPolicy(attempts=1, total_s=3, connect_s=1, read_s=2)
_sql = Queries("console")

Provider = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40})?$")]
LetterId = Annotated[int, Path(ge=1, lt=2**63)]
Operator = Annotated[Person, Depends(access.operator)]
router = APIRouter()


@router.get(BACK, dependencies=[Depends(access.reader)])
def show(request: Request) -> Response:
    """Everything at once; it is small."""
    with db.connect() as conn:
        found: dict[str, Any] = {
            "drawn": actions.newest(conn),
            "breakers": breakers(conn),
            "limits": limits(conn),
            "claims": claims.held(conn, most=MOST_CLAIMS),
            "groups": dead_letters.open_counts(conn),
            "letters": dead_letters.find(conn, Wanted(most=MOST_LETTERS)),
            "done": actions.recent(conn, 12),
        }
    return etags.answer(request, pages.page("state.html", **found))


@router.get(f"{BACK}/keys", dependencies=[Depends(access.reader)])
def keys(request: Request) -> Response:
    """The keys of Kestra's KV store; on a page of their own, because Kestra is asked."""
    return etags.answer(request, pages.page("keys.html", keys=_keys()))


@router.post("/state/breakers/{provider}/{action}")
def steer(request: Request, provider: Provider, action: str, form: Form, person: Operator) -> Response:
    """Force a breaker open or closed, or reset it."""
    if action not in BREAKER_ACTIONS:
        raise NotFoundError("There is no such action.", code="action_unknown")

    def work(conn: Connection) -> Done:
        if provider not in {row["provider"] for row in breakers(conn)}:
            raise NotFoundError("No provider is called so.", code="provider_unknown")
        BREAKER_ACTIONS[action](conn, provider)
        return Done(f"breaker_{action}", {"provider": provider})

    what = Action(f"breakers.{action}", provider, form.get("seen", ""), f"{BACK}#breakers", drawn=actions.drawn(form))
    return actions.perform(request, person, what, work)


@router.post("/state/claims/release")
def release(request: Request, form: Form, person: Operator) -> Response:
    """Give work back; while its lease lasts only when the person has said that its holder is gone."""
    key, holder = form.get("key", ""), form.get("holder", "")
    anyhow = form.get("sure") == "yes"

    def work(conn: Connection) -> Done:
        freed = _sql.run(conn, "claim_release", key=key, holder=holder, anyhow=anyhow)
        return Done("claim_released") if freed else Done("claim_kept", good=False)

    seen = f"{holder} {anyhow} {form.get('seen', '')}"
    what = Action("claims.release", key, seen, f"{BACK}#claims", drawn=actions.drawn(form))
    return actions.perform(request, person, what, work)


@router.post("/state/letters/replay")
def replay(request: Request, form: Form, person: Operator) -> Response:
    """Start the flow that replays a group of dead letters: it has the providers' secrets, the console has not."""
    wanted = {name: form.get(name, "")[:80] for name in ("provider", "kind", "reason")}

    def work(conn: Connection) -> Done:
        if not any(all(row[name] == wanted[name] for name in wanted) for row in dead_letters.open_counts(conn)):
            return Done("already", good=False)
        inputs = wanted | {"most": str(MOST_REPLAYED), "dry_run": "false"}
        parts = {name: (None, value) for name, value in inputs.items()}
        started = kestra.Client(settings.get()).api("POST", REPLAY, files=parts).json()
        return Done("replay_started", {"execution": str(started["id"])})

    target = " ".join(wanted.values())
    seen = form.get("seen", "")
    what = Action("letters.replay", target, seen, f"{BACK}#letters", dict(wanted), actions.drawn(form))
    return actions.perform(request, person, what, work)


@router.post("/state/letters/{letter_id}/drop")
def drop(request: Request, letter_id: LetterId, form: Form, person: Operator) -> Response:
    """Close a letter that nobody wants done any more."""

    def work(conn: Connection) -> Done:
        dropped = dead_letters.drop(conn, letter_id)
        return Done("letter_dropped", {"letter": letter_id}) if dropped else Done("already", good=False)

    what = Action("letters.drop", str(letter_id), form.get("seen", ""), f"{BACK}#letters", drawn=actions.drawn(form))
    return actions.perform(request, person, what, work)


def breakers(conn: Connection) -> list[Row]:
    """Every provider's breaker, those in trouble first; `forced` and `opened_at` are as in the table."""
    found = {row["provider"]: row for row in breaker.every(conn)}
    blank = {"state": "closed", "failures": 0, "code": None, "opened_at": None, "forced": None, "wait_s": None}
    rows = [{"provider": name} | blank | found.get(name, {}) for name in {*policies.table(), *found}]
    return sorted(rows, key=lambda row: (row["state"] != "open" and not row["forced"], row["provider"]))


def limits(conn: Connection) -> list[Row]:
    """Every limit: what it allows, what is left of it now, and when all of it is there again."""
    return [
        {
            "name": policies.key(name, part),
            "calls": limit.calls,
            "window_s": limit.window_s,
            "burst": limit.burst,
            "remaining": (standing := policies.limit(name, part).standing(conn)).remaining,
            "reset_s": standing.reset_s,
        }
        for name, policy in sorted(policies.table().items())
        for part, limit in policy.limits.items()
    ]


def _keys() -> list[Row] | None:
    """The keys of Kestra's KV with which people steer; None when Kestra cannot be asked now.

    Values stay there: a key may hold anything.
    """
    if not kestra.is_configured():
        return None
    try:
        found = Store(kestra.Client(settings.get(), _SHORTLY)).keys()[:MOST_KEYS]
    except OpsflowsError as error:
        logging.get(__name__).warning("console.kestra_away", code=error.code)
        return None
    return [
        {
            "key": entry.key,
            "updated_at": paging.moment(entry.updated_at),
            "expires_at": paging.moment(entry.expires_at),
        }
        for entry in found
    ]
