"""The commands that the documents name run as they are written, in a shell with the venv and nothing else."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULE = re.compile(r"python3? -m ((?:tools|benchmarks|local)[a-z_.]*[a-z])")
NAMED = sorted({found for page in PAGES for found in MODULE.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("module", NAMED)
def test_a_documented_module_can_be_run(module):
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert not spec.submodule_search_locations or importlib.util.find_spec(f"{module}.__main__")


def test_a_tool_starts_without_a_pythonpath():
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "tools.doctor", "--help"], cwd=ROOT, env=env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
