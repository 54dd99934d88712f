"""The image of the backup has Python's own library and psycopg2, and nothing else of this project."""

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "tools/backup"


def imported(module: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(module.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_only_what_the_image_has():
    found = {name for module in PACKAGE.glob("*.py") for name in imported(module)}
    foreign = {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}
    own = {name for name in foreign if name == "tools.backup" or name.startswith("tools.backup.")}
    assert {name.split(".")[0] for name in foreign - own} == {"psycopg2"}
