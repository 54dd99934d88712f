"""Until when HubSpot is left alone: one failure of the provider must not make each lead's execution fail after it.

Leads wait in the inbox meanwhile; whoever comes after the wait tries again for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kit.errors import TransientError
from leads import queries

if TYPE_CHECKING:
    from kit.db import Connection
    from kit.errors import OpsflowsError

_FIRST_S: Final = 5.0
_MOST_S: Final = 300.0
# What only a person can mend is not tried every few seconds.
_TERMINAL_S: Final = 60.0


def wait_s(conn: Connection) -> tuple[float, str]:
    """Seconds to wait and the code of the trouble; 0 and a blank when the gate is open."""
    row = queries.one(conn, "read_gate")
    return (max(row["wait_s"], 0.0), row["code"] or "") if row else (0.0, "")


def close(conn: Connection, error: OpsflowsError) -> int:
    """Close the gate after a failure, longer each time in a row; returns how many there were."""
    asked = (error.retry_after or 0.0) if isinstance(error, TransientError) else _TERMINAL_S
    values = {"wait_s": asked, "first_s": _FIRST_S, "most_s": _MOST_S, "code": error.code}
    row = queries.one(conn, "close_gate", **values)
    return int(row["failures"]) if row else 1


def open_again(conn: Connection) -> None:
    """Note that HubSpot took what we sent."""
    queries.run(conn, "open_gate")
