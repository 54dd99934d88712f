"""Spans of a task, its HTTP calls and its SQL, when OTEL_EXPORTER_OTLP_ENDPOINT is set; nothing at all otherwise.

A task's span is the child of Kestra's own (`{{ trace.parent }}`, passed as OPSFLOWS_TRACEPARENT) where Kestra is
traced. Elsewhere the trace's id follows from the execution's, so that all tasks of an execution are one trace, and
whoever has the one id can reckon the other. OpenTelemetry is imported only when spans are wanted (`kit.spans`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from kit.spans import Recorder
    from kit.task import Context

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PARENT_PARTS: Final = 4
_recorder: Recorder | None = None


class Span(Protocol):
    """What a caller may say of its span; values pass the redaction."""

    def note(self, **facts: str | float | bool) -> None:
        """Add attributes; a double underscore stands for the dot."""

    def failed(self, code: str, message: str) -> None:
        """Mark it as failed."""


class _Nothing:
    """The span of whoever is not traced."""

    def note(self, **facts: str | float | bool) -> None:
        """Forget it."""

    def failed(self, code: str, message: str) -> None:
        """Forget it."""


NOTHING: Final[Span] = _Nothing()


def on(env: Mapping[str, str] = os.environ) -> bool:
    """Whether spans are wanted."""
    return any(env.get(name) for name in _ENDPOINTS) and env.get("OTEL_SDK_DISABLED", "").lower() != "true"


def trace_id(env: Mapping[str, str] = os.environ) -> str:
    """The trace that a task belongs to, 32 hexadecimal digits; blank outside Kestra."""
    parts = env.get("OPSFLOWS_TRACEPARENT", "").split("-")
    if len(parts) >= _PARENT_PARTS:
        return parts[1]
    return of_execution(env.get("OPSFLOWS_EXECUTION_ID", ""))


def of_execution(execution_id: str) -> str:
    """The trace's id where Kestra itself is not traced: the first 32 digits of SHA-256 of `opsflows:<execution>`."""
    if not execution_id:
        return ""
    import hashlib

    return hashlib.sha256(f"opsflows:{execution_id}".encode()).hexdigest()[:32]


@contextmanager
def task(context: Context) -> Iterator[Span]:
    """The span of a whole task; at its end all spans are sent, in one request of two seconds at most.

    A setting of OpenTelemetry that cannot be used, or whatever else is wrong with the spans, is logged and costs the
    spans, never the task.
    """
    global _recorder  # noqa: PLW0603 - a process is one task
    _recorder = recorder = _begun(context) if on() else None
    if recorder is None:
        yield NOTHING
        return
    try:
        with recorder.span(f"task {context.task_id or 'task'}", "internal") as span:
            yield span
    finally:
        _recorder = None
        try:
            recorder.send()
        except Exception as error:  # noqa: BLE001 - the task has done its work
            context.log.warning("tracing.not_sent", kind=type(error).__name__)


def _begun(context: Context) -> Recorder | None:
    try:
        from kit.spans import Recorder

        return Recorder(context)
    except ImportError:
        context.log.warning("tracing.unavailable", missing="opentelemetry-sdk")
    except Exception as error:  # noqa: BLE001 - whatever OpenTelemetry makes of its variables
        context.log.warning("tracing.unavailable", setting="OTEL_*", kind=type(error).__name__)
    return None


def http(method: str, host: str) -> AbstractContextManager[Span]:
    """The span of one request: its method and host, never its path, which may name people."""
    if _recorder is None:
        return nullcontext(NOTHING)
    return _recorder.span(f"{method} {host}", "client", http__request__method=method, server__address=host)


def sql(statement: object) -> AbstractContextManager[Span]:
    """The span of one statement: the name of its file, or its first word; never its text or its values."""
    if _recorder is None:
        return nullcontext(NOTHING)
    name = getattr(statement, "file", "")
    words = statement.split(None, 1) if isinstance(statement, str) else []
    summary = name or (words[0].lower() if words and words[0].isalpha() else "statement")
    return _recorder.span(f"sql {summary}", "client", db__system__name="postgresql", db__query__summary=summary)
