"""HubSpot's limits: so many calls in any ten seconds, so many a day, and searches a second, counted apart."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.providers.hubspot import errors

if TYPE_CHECKING:
    from local.providers.answers import Answer
    from local.providers.world import World

WINDOW_S = 10


class Limits:
    """Counts calls by the sandbox's clock; a refused call is not counted."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self._world = world
        self.forget()

    def forget(self) -> None:
        """Start anew."""
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._day, self._today = "", 0

    def refusal(self, *, search: bool) -> Answer | None:
        """Why this call is refused, if so; otherwise it is counted."""
        config, now = self._world.config.hubspot, self._world.clock.now()
        day = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(config.timezone)).date().isoformat()
        if day != self._day:
            self._day, self._today = day, 0
        calls, most, window = (
            (self._searches, config.search_per_second, 1) if search else (self._calls, config.per_ten_seconds, WINDOW_S)
        )
        while calls and calls[0] <= now - window:
            calls.popleft()
        if config.daily and self._today >= config.daily:
            return self._with_headers(errors.limited("DAILY"), search=search)
        if most and len(calls) >= most:
            return self._with_headers(errors.limited("SECONDLY" if search else "TEN_SECONDLY_ROLLING"), search=search)
        calls.append(now)
        self._today += 1
        return None

    def marked(self, answer: Answer, *, search: bool) -> Answer:
        """The answer with the headers that tell what is left; a search tells nothing."""
        return self._with_headers(answer, search=search)

    def _with_headers(self, answer: Answer, *, search: bool) -> Answer:
        config = self._world.config.hubspot
        if search or not config.per_ten_seconds:
            return answer
        told = {
            "x-hubspot-ratelimit-daily": config.daily,
            "x-hubspot-ratelimit-daily-remaining": max(0, config.daily - self._today),
            "x-hubspot-ratelimit-interval-milliseconds": WINDOW_S * 1000,
            "x-hubspot-ratelimit-max": config.per_ten_seconds,
            "x-hubspot-ratelimit-remaining": max(0, config.per_ten_seconds - len(self._calls)),
        }
        for name, value in told.items():
            answer = answer.with_header(name, str(value))
        return answer
