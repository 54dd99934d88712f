"""One run of an ETL flow: what it was asked for, did, measured and alerted, where rows came from and went to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, db, etags, pages
from console.etl import book
from kit import links
from kit.errors import NotFoundError
from kit.redaction import redact
from kit.text import truncate

if TYPE_CHECKING:
    from kit.db import Connection, Row

NAMESPACE: Final = "opsflows.etl"
_LONGEST: Final = 400

RunId = Annotated[int, Path(ge=1, lt=2**63)]
router = APIRouter(prefix="/etl/runs", dependencies=[Depends(access.reader)])


@router.get("/{run_id}")
def show(request: Request, run_id: RunId) -> Response:
    """The page."""
    with db.connect() as conn:
        run = book.sql.one(conn, "run", run_id=run_id)
        if run is None:
            raise NotFoundError("There is no such run.", code="run_unknown")
        about = _about(conn, run)
    page = pages.page(
        "run.html",
        run=run,
        kestra=links.execution_of(run["execution_id"], run["flow"], NAMESPACE),
        params=[(name, _text(value)) for name, value in sorted(run["params"].items())],
        outcome=[(name, _text(value)) for name, value in sorted(run["outcome"].items()) if value not in ("", None)],
        **about,
    )
    return etags.answer(request, page)


def _about(conn: Connection, run: Row) -> dict[str, Any]:
    run_id, edges = run["run_id"], book.sql.every(conn, "run_edges", run_id=run["run_id"])
    names = {"execution_id": run["execution_id"] or None, "run_name": run["run_name"]}
    parents = [str(name) for name in run["parents"]]
    return {
        "measured": book.sql.every(conn, "run_measured", run_id=run_id),
        "steps": [row | {"detail": _text(row["detail"])} for row in book.sql.every(conn, "run_steps", run_id=run_id)],
        "alerts": book.sql.every(conn, "run_alerts", run_id=run_id),
        "inputs": [edge for edge in edges if edge["direction"] == "input"],
        "outputs": [edge for edge in edges if edge["direction"] == "output"],
        "parents": parents,
        "followed": book.sql.every(conn, "run_followed", parents=parents, run_id=run_id) if parents else [],
        "followers": book.sql.every(conn, "run_followers", **names, run_id=run_id),
        "quarantine": book.sql.every(conn, "run_quarantine", load_id=run["run_name"]),
    }


def _text(value: Any) -> str:
    """A value of the book as one line, without secrets."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # Redacted before it is cut, since half of a secret looks like none; only what can be seen, and some more.
    return truncate(redact(text[: 4 * _LONGEST]), _LONGEST)
