"""The table of bad input in docs/etl.md names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
KINDS = 16


def test_each_kind_of_bad_input_has_a_test():
    page = (ROOT / "docs/etl.md").read_text()
    rows = [line for line in page.split("## Bad input")[1].split("\n## ")[0].splitlines() if "::" in line]
    assert len(rows) >= KINDS
    there = {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    for row in rows:
        found = NAMED.findall(row)
        assert found, row
        missing = [name for file, name in found if f"def {name}(" not in there.get(file, "")]
        assert not missing, row
