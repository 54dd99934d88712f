"""JSON log lines through one redaction processor.

Inside a Kestra task a line travels in Kestra's own protocol, so that it keeps its level there and a warning on
stderr does not colour the task; elsewhere it is plain JSON, on stderr from WARNING up.
"""

from __future__ import annotations

import json
import logging as stdlib_logging
import os
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import structlog

from kit import settings, tracing
from kit.redaction import MASK, mask_secrets, redact

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from structlog.typing import FilteringBoundLogger

__all__ = ["from_stdlib", "get", "mask_secrets", "redact"]

_SENSITIVE_KEYS: Final = frozenset(
    {"authorization", "password", "secret", "token", "api_key", "access_token", "private_key", "cookie", "dsn"}
)
# Set by the flows; the same names as in `kit.task.Context`.
_CORRELATION: Final = ("execution_id", "flow_id", "namespace", "task_id", "taskrun_id", "attempt", "release")
_TRACE: Final = "trace_id"
# Kestra's words for the levels.
_KESTRA_LEVELS: Final = {"warning": "WARN", "critical": "ERROR", "exception": "ERROR"}
_configured_level: str | None = None


def get(name: str) -> FilteringBoundLogger:
    """Return the logger of a module: `log.info("event.name", key=value)`, one event name plus facts."""
    _configure(settings.log_level())
    return cast("FilteringBoundLogger", structlog.get_logger(name))


def from_stdlib(record: stdlib_logging.LogRecord) -> None:
    """Log a record of the standard library under its own level and logger name, redacted like everything else."""
    get(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)


class _Sink:
    """Writes each finished line in one call, so that lines of several threads never mix."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def err(self, line: str) -> None:
        stream = sys.stdout if _in_kestra() else sys.stderr
        stream.write(line + "\n")
        stream.flush()

    debug = info = log = msg
    warning = error = critical = exception = fatal = err


def _configure(level: str) -> None:
    global _configured_level  # noqa: PLW0603 - structlog's configuration is global as well
    if level == _configured_level:
        return
    _configured_level = level
    structlog.configure(
        processors=[
            _correlate,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            stdlib_logging.getLevelNamesMapping().get(level, stdlib_logging.INFO)
        ),
        logger_factory=_Sink,
        cache_logger_on_first_use=False,
    )


def _in_kestra() -> bool:
    return bool(os.environ.get("OPSFLOWS_EXECUTION_ID"))


def _correlate(logger: _Sink, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    known = {name: os.environ.get(f"OPSFLOWS_{name.upper()}") for name in _CORRELATION}
    known[_TRACE] = tracing.trace_id()
    return {**{name: value for name, value in known.items() if value}, "logger": logger.name, **event}


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    own = {"timestamp", "level", "logger", _TRACE, *_CORRELATION}
    return {k: v if k in own else _clean(k, v) for k, v in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key.lower() in _SENSITIVE_KEYS and value:
        return MASK
    if isinstance(value, dict):
        return {redact(str(k)): _clean(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", v) for v in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    line = json.dumps(event, ensure_ascii=False)
    if not _in_kestra():
        return line
    level = _KESTRA_LEVELS.get(event["level"], event["level"].upper())
    return "::" + json.dumps({"logs": [{"level": level, "message": line}]}) + "::"
