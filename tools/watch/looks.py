"""Is Kestra there, and did runs_collect end well lately? Only Kestra is asked: nothing else is reached from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from kit import kestra
from kit.errors import OpsflowsError

if TYPE_CHECKING:
    from kit.settings import Settings

COLLECTOR: Final = "runs_collect"
State = Literal["ok", "away", "stale"]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: `away` when Kestra does not answer as it should, `stale` when its collector is behind."""

    state: State
    message: str


def look(config: Settings, *, max_age_s: float, now: datetime | None = None) -> Look:
    """Look once.

    Args:
        config: Kestra's address, user and password.
        max_age_s: how long ago the collector may have ended well for the last time.
        now: the moment.
    """
    try:
        ended = _last_good_end(kestra.Client(config))
    except OpsflowsError as error:
        return Look("away", f"{error.code}: {error.message}")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Look("away", f"Kestra's answer holds no execution that can be read ({type(error).__name__})")
    if ended is None:
        return Look("stale", f"{COLLECTOR} has never ended well")
    age = ((now or datetime.now(UTC)) - ended).total_seconds()
    if age > max_age_s:
        return Look("stale", f"{COLLECTOR} ended well {age / 60:.0f} minutes ago for the last time")
    return Look("ok", f"{COLLECTOR} ended well {age:.0f} seconds ago")


def _last_good_end(client: kestra.Client) -> datetime | None:
    params = {
        "filters[namespace][EQUALS]": "opsflows.platform",
        "filters[flowId][EQUALS]": COLLECTOR,
        "filters[state][IN]": "SUCCESS,WARNING",
        "sort": "state.startDate:desc",
        "size": 1,
    }
    answer = client.api("GET", "executions/search", params=params, max_bytes=50_000_000).json()
    rows = answer.get("results") if isinstance(answer, dict) else None
    return datetime.fromisoformat(rows[0]["state"]["endDate"]) if rows else None
