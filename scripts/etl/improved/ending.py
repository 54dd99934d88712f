"""How a run of etl_improved ended, from what its steps said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.record import Status

_OF_LOAD: Final[dict[str, Status]] = {"done": "succeeded", "skipped": "skipped", "planned": "planned"}
FAILED: Final = {"code": "execution_failed", "message": "A step failed through all its tries."}


@dataclass(frozen=True, slots=True)
class End:
    """The end of a run.

    Attributes:
        status: for the book.
        outcome: `code` and `message`.
        total_rows: accepted.
        expected_rows: of the extract, without older versions of events.
        ratio: of the two; 1 when nothing was expected.
        published: whether the rows are where they belong, so that the source need not give them again.
    """

    status: Status
    outcome: dict[str, str]
    total_rows: int = 0
    expected_rows: int = 0
    ratio: float | None = None
    published: bool = False


def judge(steps: Sequence[Mapping[str, Any]], least_ratio: float, *, failed: bool) -> End:
    """Judge a run.

    Args:
        steps: outputs of extract, transform, validate, expect and load; empty for one that did not run.
        least_ratio: the least share of rows that must be accepted.
        failed: whether a step failed through all its tries.
    """
    _, transformed, validated, _, loaded = steps
    refusal = next((step["outcome"] for step in steps if not _good(step)), None)
    expected, total = int(transformed.get("rows", 0)), int((loaded if "state" in loaded else validated).get("rows", 0))
    ratio = (total / expected if expected else 1.0) if validated and _good(validated) else None
    if failed or refusal:
        status: Status = "failed" if failed else "refused"
        return End(status, _outcome(refusal or FAILED), 0, expected, ratio)
    status = _OF_LOAD[loaded["state"]]
    published = status != "planned"
    if ratio is not None and ratio < least_ratio:
        told = f"{total} of {expected} rows were accepted ({ratio:.2%}), and {least_ratio:.2%} are asked for. "
        told += "They are published; the others wait in etl_quarantine." if published else "Nothing was written."
        return End("refused", {"code": "low_acceptance", "message": told}, total, expected, ratio, published)
    code = "ok" if status == "succeeded" else status
    return End(status, {"code": code, "message": ""}, total, expected, ratio, published)


_GOOD: Final = ("ok", "skipped", "planned")


def _good(step: Mapping[str, Any]) -> bool:
    """Whether a step did what it should, or did not run."""
    return step.get("outcome", {}).get("code", "ok") in _GOOD


def _outcome(found: Mapping[str, Any]) -> dict[str, str]:
    return {"code": str(found["code"]), "message": str(found.get("message", ""))}
