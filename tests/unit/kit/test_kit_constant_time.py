"""Secrets and signatures are compared with hmac.compare_digest only: read from the syntax tree of every script."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"
SENSITIVE = re.compile(r"(?i)(^|_)(secrets?|signatures?|hmac|mac|tokens?|passwords?|api_?key)$")
PATHS = sorted(SCRIPTS.rglob("*.py"))


def name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return "hmac" if "hmac." in ast.unparse(func) else name_of(func)
        case ast.Subscript(value=value, slice=index):
            return (
                str(index.value) if isinstance(index, ast.Constant) and isinstance(index.value, str) else name_of(value)
            )
    return ""


def violations(source: str) -> list[int]:
    """Lines where something sensitive meets ==, != or `in`; `is None` and its length are no comparison of it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            risky = any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops)
            names = [name_of(operand) for operand in operands]
            if risky and any(SENSITIVE.search(name) for name in names):
                found.append(node.lineno)
        if isinstance(node, ast.Call) and name_of(node.func) in {"startswith", "endswith", "find", "index"}:
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else node
            if (
                SENSITIVE.search(name_of(receiver))
                and node.args
                and not isinstance(node.args[0], ast.Constant | ast.Tuple)
            ):
                found.append(node.lineno)
        if isinstance(node, ast.Match) and SENSITIVE.search(name_of(node.subject)):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_no_secret_meets_an_ordinary_comparison(path):
    assert violations(path.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "if signature == expected: pass",
        "ok = given != app_secret",
        "ok = hmac.new(k, b, h).hexdigest() == given",
        "ok = request['token'] == token",
        "ok = settings.verify_token in given",
        "ok = given in secrets",
        "ok = signature.startswith(given)",
        "match secret:\n  case 'x': pass",
    ],
)
def test_the_check_finds_what_it_looks_for(planted):
    assert violations(planted) != []


@pytest.mark.parametrize(
    "fine", ["if token is None: pass", "ok = hmac.compare_digest(a, signature)", "n = len(secret) > 3"]
)
def test_the_check_lets_the_right_way_pass(fine):
    assert violations(fine) == []


def test_the_signature_check_uses_the_constant_time_comparison():
    tree = ast.parse((SCRIPTS / "kit" / "webhooks.py").read_text())
    assert any(isinstance(node, ast.Attribute) and node.attr == "compare_digest" for node in ast.walk(tree))
