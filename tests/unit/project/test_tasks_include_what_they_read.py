"""A task finds in its folder what its include list names, so the list must name all that it may ever read."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import reachkit
import yaml
from test_flows_follow_the_style import COMMAND, FLOWS, ROOT, SCRIPT, included, tasks

SQL = "namespace_files/sql/queries"


def scripts_of(path: Path) -> list[tuple[dict[str, Any], str]]:
    """The script tasks of a flow, with the modules they start."""
    found = [task for task in tasks(yaml.safe_load(path.read_text())) if task["type"] == SCRIPT]
    return [(task, match[1]) for task in found if (match := re.fullmatch(COMMAND, task["commands"][0]))]


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_an_include_list_names_all_that_the_task_reads(path: Path):
    missing = {}
    for task, module in scripts_of(path):
        read = reachkit.needs(module)
        missing[task["id"]] = sorted(read - reachkit.covered(read, included(task)))
    assert {task: files for task, files in missing.items() if files} == {}


def test_each_line_of_a_list_that_is_kept_short_is_needed():
    path = ROOT / "flows/etl/etl_example.yaml"
    for task, module in scripts_of(path):
        read, lines = reachkit.needs(module), [line for line in included(task) if not line.endswith("settings.json")]
        for line in lines:
            others = [other for other in lines if other != line]
            assert reachkit.covered(read, others) < read, (task["id"], line)


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("etl.example.load", "scripts/etl/__init__.py"),
        ("etl.example.extract", "scripts/etl/sources/parquet_part.py"),  # by a function of what a function imports
        ("etl.example.extract", f"{SQL}/etl/run_begin.sql"),  # by name
        ("etl.example.load", f"{SQL}/etl/load_checked.sql"),  # by path
        ("etl.example.load", f"{SQL}/etl/target_key.sql"),
        ("etl.example.load", "namespace_files/schemas/sales_events.json"),  # one of a folder
        ("etl.example.extract", "namespace_files/config/limits.json"),  # by a constant
        ("etl.consume", "namespace_files/messages/es.json"),
        ("etl.report", "namespace_files/templates/etl_report.typ"),
        ("etl.example.extract", "scripts/kit/sql/breaker_read.sql"),
        ("tickets.read", "scripts/tickets/extraction/heic.py"),  # by the text of its name
        ("platform_tasks.dlq_replay", "scripts/leads/replay.py"),  # by a text of a file of configuration
        ("platform_tasks.migrate", "namespace_files/sql/migrations/0001_ops.sql"),
    ],
)
def test_what_is_read_is_found(module: str, file: str):
    assert file in reachkit.needs(module)


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("etl.example.failed", "scripts/kit/http.py"),  # only functions that it does not call import it
        ("etl.example.failed", f"{SQL}/etl/run_begin.sql"),
        ("etl.example.load", f"{SQL}/tickets/get_ticket.sql"),
    ],
)
def test_what_is_not_read_is_not_asked_for(module: str, file: str):
    assert file not in reachkit.needs(module)


@pytest.mark.parametrize("module", ["etl.example.load", "leads.sync", "tickets.intake"])
def test_no_module_is_imported_that_was_not_found(module: str):
    told = f"import sys, {module}; print(*(getattr(each, '__file__', '') for each in list(sys.modules.values())))"
    env = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
    ours = [Path(file) for file in done.stdout.split() if file.startswith(f"{ROOT}/scripts/")]
    scripts = {str(file.relative_to(ROOT)) for file in ours}
    assert scripts - reachkit.needs(module) == set()
    assert len(scripts) > 20


def test_patterns_are_read_as_kestra_reads_them():
    files = {"scripts/kit/task.py", "scripts/kit/sql/claim.sql", "scripts/kit.py"}
    assert reachkit.covered(files, ["scripts/kit/*"]) == {"scripts/kit/task.py"}
    assert reachkit.covered(files, ["scripts/kit/**"]) == {"scripts/kit/task.py", "scripts/kit/sql/claim.sql"}
    assert reachkit.covered(files, ["**"]) == files
