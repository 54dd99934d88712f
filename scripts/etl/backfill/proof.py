"""What proves a window: it is read from the source once more, and not a row of the target changes. No I/O.

The second reading is an independent one: a source that dropped a page the first time, or got rows meanwhile, gives
something else, which is loaded, and read again. Among windows of one kind, one with far fewer rows than the others is
thin: it is as the source has it, and a person should look there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from etl import volume
from etl.backfill.windows import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.backfill.ledger import State, Taken
    from etl.backfill.windows import Span, Step
    from etl.load.job import Report

MOST_READINGS: Final = 5


def verdict(taken: Taken, report: Report) -> tuple[State, str | None]:
    """What a window is after a reading, and a code where there is more to say.

    Two readings with one content that change the same number of rows are as good as none: the table itself puts
    something newer in their place (code `superseded`).
    """
    changed = report.inserted + report.updated
    if taken.first:
        return "loaded", None
    if not changed:
        return "proven", None
    if report.checksum == taken.checksum and changed == taken.changed and taken.reading > 2:  # noqa: PLR2004
        return "proven", "superseded"
    return ("failed", "unstable") if taken.reading >= MOST_READINGS else ("loaded", None)


def thin(rows: Sequence[Mapping[str, Any]], step: Step, percent: int) -> list[Span]:
    """The proven windows with far fewer rows than the others of their kind.

    Args:
        rows: windows with `since`, `until`, `state` and `rows`.
        step: days are compared with the same day of other weeks when there are enough of them.
        percent: of the median, below which a window may be thin; 0: none is.
    """
    whole = [row for row in rows if row["rows"] is not None and is_whole((row["since"], row["until"]), step)]
    found = []
    for row in whole:
        others = [other for other in whole if other is not row]
        same = [other for other in others if other["since"].weekday() == row["since"].weekday()]
        for peers in (same, others):
            judged = volume.judge(row["rows"], [other["rows"] for other in peers])
            if judged.verdict != "unknown":
                break
        if judged.verdict == "low" and row["rows"] * 100 < judged.median * percent:
            found.append((row["since"], row["until"]))
    return found
