"""Entry point of every script task: typed inputs by env, outputs and metrics to Kestra, errors to exit codes.

    class Inputs(task.TaskInputs):
        message_file: str                                  # read from INPUT_MESSAGE_FILE

    def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
        return {"rows": 3}

    if __name__ == "__main__":
        task.main(Inputs, run)

Exit codes: 0 done, or refused for good (the output `outcome` has the code that the flow branches on); 1 trouble that
may pass, an uncertain outcome or a bug (Kestra's retry takes it); 2 the inputs do not fit.

The lines `::{"outputs": …}::` and `::{"metrics": […]}::` are those of the package `kestra`, printed here because
importing that package costs more than everything else in this module (docs/kit.md has the figures).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kit import redaction, tracing
from kit.errors import ConfigurationError, OpsflowsError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structlog.typing import FilteringBoundLogger

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2


class TaskInputs(BaseModel):
    """Base of a task's inputs: the field `rows` is read from `INPUT_ROWS`.

    A blank variable counts as absent, since a Kestra expression without a value renders to a blank. A value that
    starts with `{` or `[` is read as JSON unless the field is text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Read and check the inputs.

        Raises:
            ConfigurationError: something is missing or has the wrong form; names the variable, not the value.
        """
        given = {n: env.get(f"INPUT_{n.upper()}", "") for n in cls.model_fields}
        try:
            return cls.model_validate({n: cls._parse(n, v) for n, v in given.items() if v.strip()})
        except ValidationError as error:
            problems = "; ".join(
                f"INPUT_{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()
            )
        except ValueError as error:
            problems = f"a JSON value cannot be read: {error}"
        raise ConfigurationError(
            f"The task's inputs do not fit: {problems}.", code="bad_input", next_action="Correct the flow's env block."
        )

    @classmethod
    def _parse(cls, name: str, value: str) -> Any:
        is_text = cls.model_fields[name].annotation in (str, str | None)
        return json.loads(value) if not is_text and value.lstrip()[:1] in ("{", "[") else value


Inputs = TypeVar("Inputs", bound=TaskInputs)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a task runs. All ids are empty outside Kestra; `attempt` counts from 1."""

    execution_id: str = ""
    flow_id: str = ""
    namespace: str = ""
    task_id: str = ""
    taskrun_id: str = ""
    release: str = ""
    attempt: int = 1

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Context:
        """Read the correlation that the flow passes as `OPSFLOWS_EXECUTION_ID` and so on."""
        ids = {n: env.get(f"OPSFLOWS_{n.upper()}", "") for n in cls.__dataclass_fields__ if n != "attempt"}
        attempt = env.get("OPSFLOWS_ATTEMPT", "")
        return cls(**ids, attempt=int(attempt) if attempt.isdigit() and attempt != "0" else 1)

    @property
    def holder(self) -> str:
        """Who holds a claim: the task run, so that a retry takes its own claim up again."""
        return self.taskrun_id or self.execution_id or f"pid-{os.getpid()}"

    @property
    def log(self) -> FilteringBoundLogger:
        """The task's logger; the first use pays for importing structlog."""
        from kit.logging import get

        return get(self.task_id or "task")

    def counter(self, name: str, value: float, **tags: str) -> None:
        """Add to a counter metric."""
        self._metric(name, "counter", value, tags)

    def timer(self, name: str, seconds: float, **tags: str) -> None:
        """Record a duration in seconds."""
        self._metric(name, "timer", seconds, tags)

    def gauge(self, name: str, value: float, **tags: str) -> None:
        """Set a gauge metric."""
        self._metric(name, "gauge", value, tags)

    def _metric(self, name: str, type_: str, value: float, tags: dict[str, str]) -> None:
        emit({"metrics": [{"name": name, "type": type_, "value": value, "tags": tags}]})


def emit(message: dict[str, Any]) -> None:
    """Print one protocol line for Kestra, registered secrets masked.

    Decimals and dates become text and pydantic models their JSON form; NaN and infinity raise ValueError, since
    they are not JSON.
    """
    _write(_line(message))


def _line(message: dict[str, Any]) -> str:
    line = json.dumps(message, default=_jsonable, allow_nan=False)
    return redaction.mask_registered(f"::{line}::")


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(inputs_type: type[Inputs], run: Callable[[Inputs, Context], Mapping[str, Any]]) -> NoReturn:
    """Run the task and end the process with its exit code."""
    sys.exit(execute(inputs_type, run, os.environ))


def execute(
    inputs_type: type[Inputs], run: Callable[[Inputs, Context], Mapping[str, Any]], env: Mapping[str, str]
) -> int:
    """Run the task here, emit its outputs and the metric `task_seconds`, and return the exit code."""
    context = Context.read(env)
    _capture_library_logs()
    started = time.perf_counter()
    error: Exception | None = None
    outputs: dict[str, Any] = {}
    with tracing.task(context) as span:
        try:
            outputs = {"outcome": {"code": "ok", "message": ""}, **run(inputs_type.read(env), context)}
            line = _line({"outputs": outputs})
        except Exception as caught:  # noqa: BLE001 - the one place where every error becomes an exit code
            error = caught
        seconds = round(time.perf_counter() - started, 6)
        if error:
            outputs = {"outcome": _failed(error, context)}
            line = _line({"outputs": outputs})
        code = str(outputs["outcome"]["code"])
        span.note(opsflows__outcome=code)
        if _exit_code(error):
            span.failed(code, str(outputs["outcome"]["message"]))
        context.timer("task_seconds", seconds, code=code)
        _write(line)
    return _exit_code(error)


def _failed(error: Exception, context: Context) -> dict[str, Any]:
    """Log the error and return it as the task's outcome."""
    if not isinstance(error, OpsflowsError):
        context.log.error("task.crashed", error="".join(traceback.format_exception(error)))
        return {"code": "internal", "message": redaction.redact(f"{type(error).__name__}: {error}")}
    outcome = error.outcome()
    write = context.log.warning if isinstance(error, TerminalError) else context.log.error
    write("task.refused" if isinstance(error, TerminalError) else "task.failed", **outcome, details=error.details)
    return outcome


def _exit_code(error: Exception | None) -> int:
    if error is None:
        return EXIT_DONE
    if isinstance(error, ConfigurationError) and error.code == "bad_input":
        return EXIT_BAD_INPUT
    return EXIT_DONE if isinstance(error, TerminalError) else EXIT_FAILED


def _capture_library_logs() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryLogs) for handler in root.handlers):
        root.addHandler(_LibraryLogs(logging.WARNING))
    logging.captureWarnings(capture=True)


class _LibraryLogs(logging.Handler):
    """Takes what libraries log, and Python's warnings, through our redaction; structlog is imported when needed."""

    def emit(self, record: logging.LogRecord) -> None:
        from kit.logging import from_stdlib

        from_stdlib(record)


def _jsonable(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
