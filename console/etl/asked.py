"""What the address of an ETL page asks for. Filters that make no sense do not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console.etl import book
from kit import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

SPANS: Final = (30, 90, 180)
USUAL: Final = 90
NAMES: Final = ("flow", "run_label", "status", "dry_run", "start", "end")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the history and the chart above it.

    Attributes:
        chosen: what stands in each filter; blank: it does not count.
        days: of the chart.
        after: where the page begins.
    """

    chosen: dict[str, str]
    days: int
    after: str

    @property
    def filters(self) -> book.Filters:
        """As the book takes them; days are those of the company, both ends included."""
        chosen = self.chosen
        return book.Filters(
            flow=chosen["flow"] or None,
            run_label=chosen["run_label"] or None,
            status=chosen["status"] or None,
            dry_run={"yes": True, "no": False}.get(chosen["dry_run"]),
            start=_midnight(chosen["start"]),
            end=_midnight(chosen["end"], days=1),
        )

    def address(self, path: str, **changes: str | int) -> str:
        """The same filters at a path, with changes; what is blank is left out."""
        wanted: dict[str, str | int] = {**self.chosen, "days": "" if self.days == USUAL else self.days, **changes}
        query = urlencode({name: value for name, value in wanted.items() if value != ""})
        return f"{path}?{query}" if query else path

    def export(self) -> str:
        """The address of the same runs as CSV."""
        found = self.filters
        wanted = {
            "format": "csv",
            "flow": found.flow,
            "run_label": found.run_label,
            "status": found.status,
            "dry_run": None if found.dry_run is None else str(found.dry_run).lower(),
            "start": _plain(found.start),
            "end": _plain(found.end),
        }
        return f"/api/metrics/history?{urlencode({name: value for name, value in wanted.items() if value})}"


def read(query: Mapping[str, str]) -> Asked:
    """What a query asks for."""
    chosen = {name: query.get(name, "").replace("\x00", "").strip()[:_LONGEST] for name in NAMES}
    chosen["status"] = chosen["status"] if chosen["status"] in book.STATUSES else ""
    chosen["dry_run"] = chosen["dry_run"] if chosen["dry_run"] in ("yes", "no") else ""
    for name in ("start", "end"):
        chosen[name] = chosen[name] if _day(chosen[name]) else ""
    span = query.get("days", "")
    days = int(span) if span in {str(one) for one in SPANS} else USUAL
    return Asked(chosen, days, query.get("after", ""))


def _day(text: str) -> date | None:
    """A day of this century or the next: others are slips, and the ends of the calendar have no day before or after."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None  # noqa: PLR2004 - years


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    day = _day(text)
    if day is None:
        return None
    moved = day + timedelta(days=days)
    return datetime(moved.year, moved.month, moved.day, tzinfo=ZoneInfo(settings.get().timezone)).astimezone(UTC)


def _plain(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
