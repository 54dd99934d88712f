"""What is to be made, and what a row of a source is: its number, when it was recorded, and its fields as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from kit.errors import RefusedInputError

SEQ: Final = "seq"
RECORDED: Final = "recorded_at"
NUMBERS_A_DAY: Final = 10_000_000
_FIRST: Final = date(2026, 1, 1)  # from which growth is reckoned


class Row(NamedTuple):
    """One row of a source; values are text or null, because a source holds what came."""

    seq: int
    recorded_at: datetime
    values: tuple[str | None, ...]

    def as_json(self, columns: tuple[str, ...]) -> dict[str, Any]:
        """For the API."""
        return {SEQ: self.seq, RECORDED: stamp(self.recorded_at), **dict(zip(columns, self.values, strict=True))}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made for one day.

    Attributes:
        day: that the rows are recorded on, in UTC.
        size: rows a day at the beginning of 2026.
        seed: of all that is drawn.
        dirt: share of the rows that break their contract.
        growth: by how much each day is larger than the one before.
    """

    day: date
    size: int = 10_000
    seed: int = 1
    dirt: float = 0.01
    growth: float = 0.0

    @property
    def events(self) -> int:
        """Rows of this day.

        Raises:
            RefusedInputError: more than a day's numbers (code `too_large`).
        """
        found = round(self.size * (1 + self.growth) ** (self.day - _FIRST).days)
        if found >= NUMBERS_A_DAY:
            raise RefusedInputError(
                f"{found} rows for {self.day} are too many.", code="too_large", next_action="Choose a smaller growth."
            )
        return max(found, 1)

    @property
    def customers(self) -> int:
        """How many customers the shop has."""
        return max(100, self.size // 5)

    @property
    def products(self) -> int:
        """How many products."""
        return max(50, min(5_000, self.size // 20))

    @property
    def midnight(self) -> datetime:
        """When the day begins."""
        return datetime.combine(self.day, time(), UTC)

    @property
    def ends(self) -> datetime:
        """When it ends."""
        return self.midnight + timedelta(days=1)

    @property
    def numbers(self) -> tuple[int, int]:
        """The first and last number that the day's rows may have."""
        first = self.day.toordinal() * NUMBERS_A_DAY
        return first, first + NUMBERS_A_DAY - 1


def stamp(moment: datetime) -> str:
    """A time as sources write it, to the microsecond."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"
