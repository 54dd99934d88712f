"""No test takes the time when its module is read: an hour of other tests may lie between that and its run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}


def clocks_read(source: str) -> list[str]:
    """The calls of a clock that happen on import: outside functions, or in their defaults and decorators."""
    return [ast.unparse(node) for node in on_import(ast.parse(source)) if is_clock(node)]


def on_import(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for early in (*child.decorator_list, child.args):
                yield from on_import(early)
        elif not isinstance(child, ast.Lambda):
            yield from on_import(child)


def is_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS


def test_no_clock_is_read_on_import():
    found = {path.name: clocks_read(path.read_text(encoding="utf-8")) for path in TESTS.rglob("*.py")}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("NOW = datetime.now(UTC)", 1),
        ("class A:\n    at = time.time() + 5", 1),
        ("@mark(dates.utcnow())\ndef f(at=date.today()): ...", 2),
        ("def f():\n    return datetime.now(UTC)", 0),
        ("later = lambda: time.monotonic()", 0),
    ],
)
def test_where_it_is_noticed(source: str, found: int):
    assert len(clocks_read(source)) == found
