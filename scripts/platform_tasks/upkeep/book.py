"""The record of a run: what it was asked for, and how far each step is, which commits with the step's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

from kit.errors import ConflictError
from platform_tasks.upkeep import statements

if TYPE_CHECKING:
    from kit.db import Connection
    from platform_tasks.upkeep.rules import Kind


@dataclass(slots=True)
class Book:
    """An open run.

    Attributes:
        run_id: of the execution.
        params: as they were when the run began; a run that goes on keeps them, and the moment among them.
        steps: what is done, by step.
        report: of a run that has ended.
    """

    conn: Connection
    run_id: str
    params: dict[str, Any]
    steps: dict[str, dict[str, Any]]
    report: dict[str, Any] | None = None

    def step(self, name: str) -> dict[str, Any]:
        """How far a step is; nothing when it has not begun."""
        return dict(self.steps.get(name, {}))

    def note(self, name: str, done: dict[str, Any]) -> None:
        """Write down how far a step is, in the caller's transaction."""
        statements.run(self.conn, "record_step", run_id=self.run_id, step=name, done=Json(done))
        self.steps[name] = done

    def finish(self, report: dict[str, Any]) -> None:
        """The run has ended well."""
        statements.run(self.conn, "record_finish", run_id=self.run_id, report=Json(report))
        self.report = report


def begin(conn: Connection, kind: Kind, run_id: str, params: dict[str, Any]) -> Book:
    """Begin a run, or go on with it.

    Raises:
        ConflictError: the name is that of a run of the other kind (code `run_taken`).
    """
    found = statements.one(conn, "record_begin", kind=kind, run_id=run_id, params=Json(params))
    if found is None:
        raise ConflictError(f"{run_id} is a run of another kind.", code="run_taken", next_action="Start anew.")
    return Book(conn, run_id, found["params"], found["steps"], found["report"] if found["state"] == "done" else None)
