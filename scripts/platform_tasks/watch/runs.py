"""One execution as Kestra tells it, as a row of `ops.flow_runs`. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from kit import kestra
from kit.errors import InvalidResponseError
from kit.kestra import moment
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE: Final = "opsflows"
_SYSTEM: Final = "system."
# Where a run's day of data stands, in this order: a label, then an input.
_DAYS: Final = ("data_date", "day", "month", "since")
_DAY: Final = re.compile(r"(\d{4}-\d{2})(-\d{2})?")
_MOST_LABEL: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `ops.flow_runs`, by its columns; see the migration for their meaning."""

    execution_id: str
    namespace: str
    flow_id: str
    state: str
    created_at: datetime
    changed_at: datetime
    trigger: str = ""
    parent_id: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    queued_s: float | None = None
    run_s: float | None = None
    idle_s: float = 0.0
    sla_s: float | None = None
    data_date: date | None = None

    def row(self) -> dict[str, Any]:
        """For JSON; moments as text."""
        values = asdict(self).items()
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values}


def is_ours(namespace: str) -> bool:
    """Whether a namespace is one of this project's."""
    return namespace == NAMESPACE or namespace.startswith(f"{NAMESPACE}.")


def read(answer: Mapping[str, Any], sla: Mapping[str, float] | None = None) -> Run:
    """Read an execution of Kestra's API.

    Args:
        answer: its JSON.
        sla: seconds that flows may take, by `namespace.flow`.

    Raises:
        InvalidResponseError: it is no execution.
    """
    try:
        return _read(answer, sla or {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"Kestra's answer holds no execution that can be read ({type(error).__name__}).", provider=kestra.PROVIDER
        ) from error


def _read(answer: Mapping[str, Any], sla: Mapping[str, float]) -> Run:
    state, histories = answer["state"], answer["state"]["histories"]
    created = moment(histories[0]["date"])
    changed = moment(histories[-1]["date"])
    ended = changed if state["current"] in kestra.ENDED else None
    started = _started(answer, histories)
    idle = _idle(histories)
    labels = _labels(answer.get("labels") or ())
    trigger = answer.get("trigger") or {}
    return Run(
        execution_id=str(answer["id"]),
        namespace=str(answer["namespace"]),
        flow_id=str(answer["flowId"]),
        state=str(state["current"]),
        created_at=created,
        changed_at=changed,
        trigger=str(trigger.get("id") or ""),
        parent_id=answer.get("parentId"),
        labels=labels,
        due_at=_due(trigger),
        started_at=started,
        ended_at=ended,
        queued_s=_seconds(created, started or ended),
        run_s=_worked(started or ended, ended, idle),
        idle_s=idle,
        sla_s=sla.get(f"{answer['namespace']}.{answer['flowId']}"),
        data_date=_data_date(labels, answer.get("inputs") or {}),
    )


def _started(answer: Mapping[str, Any], histories: list[dict[str, str]]) -> datetime | None:
    """When the first task ran; of an execution without tasks that were run, when it ran itself."""
    runs = [run["state"]["histories"] for run in answer.get("taskRunList") or ()]
    at_work = [moment(step["date"]) for steps in runs for step in steps if step["state"] == "RUNNING"]
    if at_work:
        return min(at_work)
    ended = any(step["state"] in kestra.ENDED for step in histories)
    if runs and not ended:
        return None  # its first task waits for a worker
    own = [moment(step["date"]) for step in histories if step["state"] == "RUNNING"]
    return min(own) if own and ended else None


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else round(max((end - begin).total_seconds(), 0.0), 6)


def _worked(begin: datetime | None, end: datetime | None, idle: float) -> float | None:
    """Seconds from the first task to the end, without those in which it stood still."""
    whole = _seconds(begin, end)
    return None if whole is None else round(max(whole - idle, 0.0), 6)


def _idle(histories: list[dict[str, str]]) -> float:
    """Seconds in which it stood still and went on afterwards: paused, or ended until somebody restarted it."""
    steps = [(step["state"], moment(step["date"])) for step in histories]
    still = (kestra.PAUSED, *kestra.ENDED)
    spans = [(late - early).total_seconds() for (state, early), (_, late) in pairwise(steps) if state in still]
    return round(sum(spans), 6)


def _labels(labels: Any) -> dict[str, str]:
    """Our own labels; those that Kestra sets for itself are not kept."""
    pairs = [(str(label["key"]), redact(str(label["value"]))[:_MOST_LABEL]) for label in labels]
    return {key: value for key, value in pairs if not key.startswith(_SYSTEM)}


def _due(trigger: Mapping[str, Any]) -> datetime | None:
    if not str(trigger.get("type") or "").endswith(".Schedule"):
        return None
    due = (trigger.get("variables") or {}).get("date")
    return moment(due) if due else None


def _data_date(labels: Mapping[str, str], inputs: Mapping[str, Any]) -> date | None:
    for name in _DAYS:
        match = _DAY.match(str(labels.get(name) or inputs.get(name) or ""))
        if match:
            try:
                return date.fromisoformat(f"{match[1]}{match[2] or '-01'}")
            except ValueError:
                continue
    return None
