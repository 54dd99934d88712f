"""Kestra: does it answer, does work wait without being begun, does a task hang, and does its clock agree with ours?"""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from kit import dates, kestra, settings
from platform_tasks.health.model import Finding, graded

_NEW_S: Final = 300  # a created execution that nobody has begun by then is stuck in the queue
_LONG_S: Final = 6 * 3600  # longer than the longest timeout of a task
_WAITS: Final = (1.0, 20.0)
_STUCK: Final = (1.0, 10.0)
_SKEW_S: Final = (5.0, 60.0)
_NOT_BEGUN: Final = "CREATED,SUBMITTED"


def answers() -> Finding | None:
    """Whether its API answers and accepts us; None when it is not set up here."""
    if not kestra.is_configured():
        return None
    began = time.monotonic()
    _client().namespaces()
    return Finding("ok", "Kestra answers and accepts us.", round(time.monotonic() - began, 3))


def queue() -> Finding | None:
    """Executions that were created and that no worker has begun."""
    return _waiting(_NOT_BEGUN, _NEW_S, _WAITS, "executions were created over {:.0f} minutes ago and not begun.")


def stuck() -> Finding | None:
    """Executions that have been running for longer than any of ours may."""
    return _waiting("RUNNING,KILLING", _LONG_S, _STUCK, "executions have been running for over {:.0f} minutes.")


def clock() -> Finding | None:
    """How far Kestra's clock and the worker's are apart, by the Date of an answer (whole seconds)."""
    if not kestra.is_configured():
        return None
    began = time.time()
    told = _client().api("GET", "flows/distinct-namespaces").headers.get("Date")
    if not told:
        return None
    apart = max(0.0, abs(parsedate_to_datetime(told).timestamp() - (began + time.time()) / 2) - 1.0)
    return graded(apart, *_SKEW_S, f"Kestra's clock is {apart:.1f} s off ours.")


def _waiting(states: str, after_s: int, bounds: tuple[float, float], text: str) -> Finding | None:
    if not kestra.is_configured():
        return None
    before = dates.utcnow() - timedelta(seconds=after_s)
    filters = {
        "filters[namespace][STARTS_WITH]": "opsflows",
        "filters[state][IN]": states,
        "filters[startDate][LESS_THAN_OR_EQUAL_TO]": before.isoformat(),
    }
    count = _client().count("executions/search", filters)
    return graded(count, *bounds, f"{count} {text.format(after_s / 60)}")


def _client() -> kestra.Client:
    return kestra.Client(settings.get())
