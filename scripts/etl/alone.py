"""One at a time: a lock that goes with its process, and what it means when somebody has it.

Another run is refused. But a killed engine leaves tasks at work, and starts them again under the same execution: such
an orphan is waited for by Kestra's retry, which then finds its work done.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from kit import db
from kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.db import Connection
    from kit.errors import ConflictError


@contextmanager
def alone(conn: Connection, key: str, execution: str, busy: ConflictError) -> Iterator[None]:
    """Hold the lock on a key.

    Args:
        conn: whose session holds it.
        key: of the lock.
        execution: whose attempts are one run; blank: each is its own.
        busy: raised when another run has it.

    Raises:
        ConflictError: `busy`.
        UnavailableError: another attempt of this execution has it (code `same_run`).
    """
    with ExitStack() as held:
        if execution and not held.enter_context(db.advisory_lock_if_free(conn, f"{key}:{execution}")):
            raise same_run(f"The execution {execution}")
        if not held.enter_context(db.advisory_lock_if_free(conn, key)):
            raise busy
        yield


def same_run(who: str) -> UnavailableError:
    """An attempt before this one is still at work."""
    return UnavailableError(
        f"{who} is at work already.",
        code="same_run",
        next_action="It is tried again, and then reports what was done.",
    )
