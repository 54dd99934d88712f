"""The spans of one task, kept until its end and then sent by OTLP over HTTP. Imported by `kit.tracing` when needed."""

from __future__ import annotations

import logging as stdlib_logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from kit import redaction, tracing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context as Parent

    from kit.task import Context

# A task that loads for an hour has a hundred thousand statements: the first tell enough.
MOST: Final = 2000
SEND_S: Final = 2
_LONGEST: Final = 300
_KINDS: Final = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_OWN: Final = ("execution_id", "flow_id", "namespace", "task_id", "taskrun_id", "release", "attempt")


class Recorder:
    """Makes the spans of a task and sends them."""

    def __init__(self, context: Context) -> None:
        """Find the parent; nothing is connected yet."""
        resource = Resource.create(
            {"service.name": os.environ.get("OTEL_SERVICE_NAME", "opsflows"), "service.version": context.release}
        )
        self._kept = _Kept()
        provider = TracerProvider(
            resource=resource,
            id_generator=_Ids(tracing.of_execution(context.execution_id)),
            sampler=ParentBased(TraceIdRatioBased(float(os.environ.get("OTEL_TRACES_SAMPLER_ARG") or 1))),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(self._kept)
        self._tracer = provider.get_tracer("opsflows")
        self._own = {f"opsflows.{name}": value for name in _OWN if (value := getattr(context, name))}
        self._root: Parent = TraceContextTextMapPropagator().extract(
            {"traceparent": os.environ.get("OPSFLOWS_TRACEPARENT", "")}
        )

    @contextmanager
    def span(self, name: str, kind: str, **facts: str | float | bool) -> Iterator[tracing.Span]:
        """One span; what is raised inside marks it as failed."""
        # A thread begins without a current span: the task's own is its parent.
        parent = None if trace.get_current_span().get_span_context().is_valid else self._root
        with self._tracer.start_as_current_span(
            redaction.redact(name), parent, _KINDS[kind], record_exception=False, set_status_on_exception=False
        ) as found:
            if self._own:
                found.set_attributes(self._own)
            if not self._kept.began:
                self._kept.began = True
                self._root = trace.set_span_in_context(found, self._root)
            span = _Told(found)
            span.note(**facts)
            try:
                yield span
            except Exception as error:
                span.failed(str(getattr(error, "code", type(error).__name__)), str(error))
                raise

    def send(self) -> None:
        """Send what there is; that a collector is away is no trouble of the task."""
        stdlib_logging.getLogger("opentelemetry").setLevel(stdlib_logging.CRITICAL)
        if self._kept.spans:
            exporter = OTLPSpanExporter(timeout=SEND_S)
            exporter.export(self._kept.spans)
            exporter.shutdown()  # type: ignore[no-untyped-call]


class _Ids(RandomIdGenerator):
    """A trace that begins here has the id that follows from the execution's."""

    def __init__(self, own: str) -> None:
        self._own = own

    def generate_trace_id(self) -> int:
        return int(self._own, 16) if self._own else super().generate_trace_id()


class _Kept(SpanProcessor):
    """Keeps the spans that ended, the task's own among them however many there are."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.began = False

    def on_end(self, span: ReadableSpan) -> None:
        if (
            span.context
            and span.context.trace_flags.sampled
            and (len(self.spans) < MOST or span.name.startswith("task "))
        ):
            self.spans.append(span)


class _Told:
    """A span as its caller sees it."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, **facts: str | float | bool) -> None:
        """Add attributes."""
        for name, value in facts.items():
            told = redaction.redact(value)[:_LONGEST] if isinstance(value, str) else value
            self._span.set_attribute(name.replace("__", "."), told)

    def failed(self, code: str, message: str) -> None:
        """Mark it as failed."""
        self.note(error__type=code)
        self._span.set_status(Status(StatusCode.ERROR, redaction.redact(message)[:_LONGEST]))
