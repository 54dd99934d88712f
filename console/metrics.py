"""`GET /metrics`: the figures of all flows for Prometheus (docs/observability.md), behind a bearer token."""

from __future__ import annotations

import hmac
import threading
import time
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Depends, Request
from prometheus_client import exposition
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import access, collector
from kit import secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client.core import Metric

TOKEN: Final = "OPSFLOWS_METRICS_TOKEN"  # noqa: S105 - a name
# Two Prometheus servers, or a person who looks, cost the database no more than one.
KEPT_S: Final = 10.0
_ASK: Final = {"WWW-Authenticate": 'Bearer realm="opsflows metrics"'}


def scraper(request: Request) -> None:
    """Let only a scrape with the token pass; a dependency of every page that Prometheus reads.

    Raises:
        HTTPException: 401; 404 where no token is set, so that nothing is exposed by default; 429 after too many wrong
            ones, which a right one is never refused for.
    """
    wanted = secrets.optional(TOKEN)
    if wanted is None:
        raise HTTPException(404)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode()):
        return
    if access.guesses.too_many(access.client(request)):
        raise HTTPException(429, headers={"Retry-After": "60"})
    if given:
        access.guesses.wrong(access.client(request))
    raise HTTPException(401, headers=_ASK)


class Kept:
    """The last answer, read anew by one caller at a time when it is older than `kept_s`."""

    def __init__(self, read: Callable[[], str], *, kept_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep nothing yet."""
        self._read, self._kept_s, self._clock = read, kept_s, clock
        self._lock = threading.Lock()
        self._text, self._at = "", float("-inf")

    def text(self) -> str:
        """The answer; who comes while it is read waits for it instead of asking the database as well."""
        with self._lock:
            if self._clock() - self._at >= self._kept_s:
                self._text, self._at = self._read(), self._clock()
            return self._text


class _Answer(Collector):
    """What was collected, as the library that writes it wants it."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> list[Metric]:
        return self._found


def text(found: list[Metric]) -> str:
    """Prometheus' text format of what was collected."""
    return exposition.generate_latest(_Answer(found)).decode()


def read() -> str:
    """Every metric as it is now."""
    return text(collector.collect())


kept = Kept(read, kept_s=KEPT_S)
router = APIRouter(dependencies=[Depends(scraper)])


@router.get("/metrics")
def metrics() -> Response:
    """The metrics of all flows."""
    return Response(kept.text(), media_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)
