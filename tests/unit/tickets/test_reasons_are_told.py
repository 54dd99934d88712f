"""Every reason that the code can give has a sentence that people read, in each language."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def codes() -> set[str]:
    """The codes that are written where a Reason is made; a name is looked up among its module's constants."""
    found = set()
    for path in (ROOT / "scripts/tickets").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                given = next((word.value for word in node.keywords if word.arg == "code"), None)
                code = given.value if isinstance(given, ast.Constant) else constants.get(getattr(given, "id", ""))
                found |= {code} if isinstance(code, str) else set()
    return found


@pytest.mark.parametrize("locale", ["es", "en"])
def test_every_reason_has_a_sentence(locale: str):
    messages = json.loads((ROOT / f"namespace_files/messages/{locale}.json").read_text(encoding="utf-8"))
    known = codes()
    assert {"merchant_remembered", "total_row_unusual", "several_receipts"} <= known
    assert sorted(code for code in known if f"reason.{code}" not in messages) == []
