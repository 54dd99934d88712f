"""What went wrong in an execution, from Kestra's answers about it: the event to fire. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kit import i18n, redaction
from kit.text import fold, truncate
from platform_tasks.alerts.events import Event
from platform_tasks.watch import runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BAD: Final = frozenset({"FAILED", "WARNING", "KILLED"})
# How our tasks name a refusal in their log; docs/kit.md.
_CODE: Final = re.compile(r"""["']?\bcode["']?\s*[=:]\s*["']?([a-z][a-z0-9_]{2,59})\b""")
_NOT_A_CAUSE: Final = re.compile(r"\b\w*\d\w*\b|[^a-z ]+")
_WORDS: Final = 6
_SUMMARY: Final = 600
_LINES: Final = 3
# Lines by which Kestra says only that a task failed, not why.
_NOISE: Final = re.compile(
    r"^(Command failed with exit code|io\.kestra\.|\s*at |ended with FAILED|Failed to render output values)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of a bad end: the task that failed last, its attempts, and the execution that it waited for."""

    task: str = ""
    attempts: int = 1
    state: str = ""
    child: str = ""


def trouble(execution: Mapping[str, Any]) -> Trouble:
    """The task that an execution failed in; blank when none did, as with an SLA."""
    bad = [run for run in execution.get("taskRunList") or () if _state(run) in _BAD]
    if _state(execution) == "FAILED":
        # A task that only warned is not why.
        bad = [run for run in bad if _state(run) != "WARNING"] or bad
    if not bad:
        return Trouble(state=_state(execution))
    # What failed first is the cause; the parents of a nested task fail after it.
    first = min(bad, key=lambda run: str((run["state"].get("histories") or [{}])[-1].get("date", "")))
    outputs = first.get("outputs") or {}
    child = str(outputs.get("executionId") or "") if isinstance(outputs, dict) else ""
    return Trouble(str(first.get("taskId", "")), len(first.get("attempts") or ()) or 1, _state(first), child)


def event(execution: Mapping[str, Any], lines: Sequence[str]) -> Event:
    """The event of a bad end.

    Args:
        execution: Kestra's JSON of it.
        lines: messages of its log at ERROR, or WARN where there is none; the oldest first.

    Raises:
        InvalidResponseError: it is no execution.
    """
    run, found = runs.read(execution), trouble(execution)
    kind = _kind(run)
    flow = f"{run.namespace}.{run.flow_id}"
    summary = summarise(lines)
    detail = {"task": found.task, "attempt": found.attempts if found.task else "", "state": run.state}
    return Event(
        event=kind,
        title=i18n.t(f"alert.title.{kind}", flow=flow),
        flow_id=run.flow_id,
        namespace=run.namespace,
        data_date=run.data_date,
        error_class="sla" if kind == "sla_missed" else cause(found.task, lines),
        message=summary or (i18n.t("alert.no_summary") if kind == "flow_failed" else ""),
        detail={**detail, "replay": i18n.t("alert.replay.rerun")},
        execution_id=run.execution_id,
    )


def cause(task: str, lines: Sequence[str]) -> str:
    """One name for the same cause: the task and the error's code, or else its words without figures and ids."""
    told = [line for line in lines if not _NOISE.search(line)]
    codes = [match[1] for line in told for match in _CODE.finditer(line)]
    if codes:
        return f"{task}:{codes[-1]}"
    words = _NOT_A_CAUSE.sub(" ", fold(redaction.redact(told[-1]))).split() if told else []
    return ":".join(part for part in (task, "_".join(words[:_WORDS])) if part) or "unknown"


def summarise(lines: Sequence[str]) -> str:
    """The last lines that say something, redacted and short."""
    told = [line for line in lines if not _NOISE.search(line)] or list(lines)
    return truncate(redaction.redact("\n".join(dict.fromkeys(told[-_LINES:]))), _SUMMARY)


def _kind(run: runs.Run) -> str:
    if run.state == "FAILED":
        return "flow_failed"
    # A run that was too slow and only that ends well, or with a warning of its own.
    return "sla_missed" if run.labels.get("sla") == "missed" else "flow_warning"


def _state(run: Mapping[str, Any]) -> str:
    return str((run.get("state") or {}).get("current", ""))
