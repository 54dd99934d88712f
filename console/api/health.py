"""How the ETL is, in a few checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from console.api.shapes import Check, Health
from console.etl import book
from kit import dates

if TYPE_CHECKING:
    from datetime import datetime

    from kit.db import Connection, Row

# A daily run that failed once is not late yet.
LATE_S: Final = 36 * 3600.0


def look(conn: Connection) -> Health:
    """Look at everything; the worst check is the state of the whole."""
    found = book.sql.one(conn, "health") or {}
    now = dates.utcnow()
    checks = [Check(name="database", status="ok", detail="answers"), *_checks(found, now)]
    worst = "warning" if any(check.status == "warning" for check in checks) else "ok"
    return Health(status=worst, checked_at=now, checks=checks)


def _checks(found: Row, now: datetime) -> list[Check]:
    age_s = (now - found["measured_at"]).total_seconds() if found["measured_at"] else None
    ran = "nothing has run yet" if age_s is None else f"{age_s / 3600:.1f} hours ago; late after {LATE_S / 3600:.0f}"
    return [
        _check("last_run", ran, fine=age_s is not None and age_s <= LATE_S),
        _check("stuck_runs", f"{found['stuck']} running for more than 6 hours", fine=not found["stuck"]),
        _check("critical_alerts", f"{found['critical_24h']} in the last 24 hours", fine=not found["critical_24h"]),
        _check(
            "quarantine", "has open rows" if found["quarantine_open"] else "is empty", fine=not found["quarantine_open"]
        ),
    ]


def _check(name: str, detail: str, *, fine: bool) -> Check:
    return Check.model_validate({"name": name, "status": "ok" if fine else "warning", "detail": detail})
