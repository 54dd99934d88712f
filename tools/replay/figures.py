"""What the differences add up to. No I/O."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean
from typing import TYPE_CHECKING, Final, get_args

from tickets.extraction.model import Verdict
from tools.replay.compare import DANGERS
from tools.replay.recorded import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.replay.compare import Difference, FieldDifference
    from tools.replay.recorded import Reading

VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)
NONE: Final = "none"
_HIGH: Final = 0.95


@dataclass(frozen=True)
class FieldFigures:
    """One field over all receipts that the candidate read.

    Attributes:
        same: receipts with the same value; likewise `changed`, `gained` and `lost`. The four add up to those read.
        labelled: receipts for which a person said what is right.
        was_right: of those, by the recorded reading; `now_right` by the candidate.
        fixed: wrong before, right now; `broken` the other way round.
        was_sure: mean confidence where both readings have one; None where there is no such receipt.
        now_sure: the same of the candidate.
    """

    field: str
    same: int
    changed: int
    gained: int
    lost: int
    labelled: int
    was_right: int
    now_right: int
    fixed: int
    broken: int
    was_sure: float | None
    now_sure: float | None


@dataclass(frozen=True)
class Effort:
    """What readings took: median and 95th percentile in milliseconds, over those that are known; cost in US dollars."""

    median_ms: int | None
    p95_ms: int | None
    cost_usd: Decimal


@dataclass(frozen=True)
class Figures:
    """The whole comparison.

    Attributes:
        receipts: compared ones.
        read: those that the candidate came to a verdict on.
        failed: outcome to number, for the others.
        unanswered: outcome to number, for those that were read although the model did not answer.
        identical: receipts without any difference.
        labelled: receipts for which a person said something: what is right, or that nothing is.
        would_ask: receipts for which the rules want a model's answer, and none is stored.
        verdicts: recorded verdict to the candidate's (or `none`) to number.
        dangers: kind to its number before and now.
        regressed: receipts that got worse by a person's word, or without a reading.
        fields: one entry a field.
        before: effort of the recorded readings.
        now: effort of the candidate's.
    """

    receipts: int
    read: int
    failed: dict[str, int]
    unanswered: dict[str, int]
    identical: int
    labelled: int
    would_ask: int
    verdicts: dict[str, dict[str, int]]
    dangers: dict[str, tuple[int, int]]
    regressed: int
    fields: tuple[FieldFigures, ...]
    before: Effort
    now: Effort


def figures(differences: Sequence[Difference]) -> Figures:
    """Add up."""
    readings = [difference.reading for difference in differences]
    failed = [reading.outcome for reading in readings if not reading.verdict]
    unanswered = [reading.outcome for reading in readings if reading.verdict and reading.outcome != "ok"]
    return Figures(
        receipts=len(differences),
        read=len(differences) - len(failed),
        failed=dict(sorted(Counter(failed).items())),
        unanswered=dict(sorted(Counter(unanswered).items())),
        identical=sum(not difference.differs for difference in differences),
        labelled=sum(bool(item.recorded.truth) or item.recorded.rejected for item in differences),
        would_ask=sum(reading.would_ask for reading in readings),
        verdicts=_verdicts(differences),
        dangers=_dangers(differences),
        regressed=sum(difference.regressed for difference in differences),
        fields=tuple(_of_field(name, differences) for name in FIELDS),
        before=_effort([difference.recorded.reading for difference in differences]),
        now=_effort(readings),
    )


def _verdicts(differences: Sequence[Difference]) -> dict[str, dict[str, int]]:
    made = {before: dict.fromkeys((*VERDICTS, NONE), 0) for before in VERDICTS}
    for difference in differences:
        made[difference.recorded.reading.verdict][difference.reading.verdict or NONE] += 1
    return made


def _dangers(differences: Sequence[Difference]) -> dict[str, tuple[int, int]]:
    before, now = [item.was_danger for item in differences], [item.danger for item in differences]
    return {kind: (before.count(kind), now.count(kind)) for kind in DANGERS}  # type: ignore[arg-type]


def _of_field(name: str, differences: Sequence[Difference]) -> FieldFigures:
    entries = [field for difference in differences for field in difference.fields if field.field == name]
    sure = [pair for difference in differences if (pair := _sure(name, difference))]
    return FieldFigures(
        field=name,
        same=_count(entries, "same"),
        changed=_count(entries, "changed"),
        gained=_count(entries, "gained"),
        lost=_count(entries, "lost"),
        labelled=sum(entry.labelled for entry in entries),
        was_right=sum(bool(entry.was_right) for entry in entries),
        now_right=sum(bool(entry.now_right) for entry in entries),
        fixed=sum(entry.fixed for entry in entries),
        broken=sum(entry.broken for entry in entries),
        was_sure=fmean(before for before, _ in sure) if sure else None,
        now_sure=fmean(now for _, now in sure) if sure else None,
    )


def _count(entries: Sequence[FieldDifference], change: str) -> int:
    return sum(entry.change == change for entry in entries)


def _sure(name: str, difference: Difference) -> tuple[float, float] | None:
    before, now = difference.recorded.reading.confidence.get(name), difference.reading.confidence.get(name)
    return None if before is None or now is None else (before, now)


def _effort(readings: Sequence[Reading]) -> Effort:
    times = sorted(reading.latency_ms for reading in readings if reading.latency_ms is not None)
    cost = sum((reading.cost_usd for reading in readings), Decimal(0))
    return Effort(percentile(times, 0.5), percentile(times, _HIGH), cost)


def percentile(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value that at least a share of the sorted values do not exceed; None without values."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None
