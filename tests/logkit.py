"""The fields that our log lines can have, read from the source."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
# On every line: kit/logging.py. `exception` comes with an error's stack.
ALWAYS = {
    *("timestamp", "level", "logger", "event", "trace_id", "exception"),
    *("execution_id", "flow_id", "namespace", "task_id", "taskrun_id", "attempt", "release"),
}

# What Kestra's encoder for Elastic's common schema writes, and what besides in a line about a task.
KESTRA = {"@timestamp", "log.level", "log.logger", "message"}
KESTRA_OF_A_TASK = {"tenantId", "namespace", "flowId", "executionId", "taskId", "taskRunId"}


def facts() -> set[str]:
    """The names of the facts of every `log.info("event", name=…)` in scripts and console."""
    found: set[str] = set()
    for path in [*(ROOT / "scripts").rglob("*.py"), *(ROOT / "console").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _writes(node):
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found - {"exc_info", "stacklevel"}


def _writes(node: ast.AST) -> bool:
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS and node.args
    ):
        return False
    event = node.args[0]
    return (
        isinstance(event, ast.Constant)
        and isinstance(event.value, str)
        and "." in event.value
        and " " not in event.value
    )
