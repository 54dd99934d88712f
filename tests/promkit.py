"""Prometheus' own tools, for tests of rules and queries."""

import re
import shutil

import pytest

HOW = "apt-get install {package}, as .ci/run does (docs/observability.md)"


def promtool() -> str:
    """The path of promtool."""
    return _tool("promtool", "prometheus")


def amtool() -> str:
    """The path of amtool."""
    return _tool("amtool", "prometheus-alertmanager")


def _tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not here: {HOW.format(package=package)}")
    return found


# Words of PromQL that stand where a metric could.
_WORDS = frozenset(
    [
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "inf",
        "nan",
        "start",
        "end",
    ]
)


def names_of(expression: str) -> set[str]:
    """The metrics that a PromQL expression asks for; `promtool` has already said whether it is one."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\$\w+|\b\d[\w.]*", " ", bare)
    return {name for name in re.findall(r"[a-zA-Z_:][\w:]*(?!\w*\s*\()", bare) if name not in _WORDS}
