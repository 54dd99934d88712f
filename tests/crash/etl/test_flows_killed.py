"""kill -9 of the tasks of the ETL flows before each of their statements in turn, started again each time.

The table of what was tried is in docs/etl-loader.md; `WRITE_DOCS=1` writes it anew. Tasks are forks here, killed and
started again as Kestra does it; that the engine does so is tried by tests/crash/flows/test_etl_example_killed.py.
"""

import os
import re
from collections import Counter
from pathlib import Path

import dying
import pytest
import stories

from etl import run_backfill
from etl.load import contract

pytestmark = pytest.mark.slow
PAGE = Path(__file__).resolve().parents[3] / "docs/etl-loader.md"
BEGIN, END = "<!-- made by tests/crash/etl/test_flows_killed.py -->\n", "<!-- end -->"
MOST = 500


@pytest.fixture
def begun(migrated, tmp_path, monkeypatch):
    """Makes a story ready to begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", "ERROR")
    monkeypatch.setattr(run_backfill, "_source", lambda _name: ("sales_events", stories.fetch))

    def begin(flow: str) -> stories.Story:
        story = stories.STORIES[flow](migrated)
        monkeypatch.setattr(contract, "read", story.contract)
        story.prepare()
        return story

    return begin


def undisturbed(begin, flow: str) -> tuple[object, list[str]]:
    story = begin(flow)
    for _name, work in story.tasks():
        dying.lives(work)
    dying.settle(story.dsn)
    return story.state(), story.ids()


def killed(story: stories.Story) -> tuple[dict[str, int], int]:
    """Kill each task before its first statement, its second, and so on, until it has no further one."""
    kills, again = Counter(), 0
    for name, work in story.tasks():
        for step in range(1, MOST, story.every):
            before = story.written()
            if not dying.dies(work, step):
                break
            dying.settle(story.dsn)
            kills[name] += 1
            after = story.written()
            again += sum(row in after and after[row] != how for row, how in before.items())
            story.meanwhile()
        dying.settle(story.dsn)
    return kills, again


@pytest.mark.timeout(900)
def test_no_kill_loses_or_doubles_a_row(begun):
    lines = ["| flow | tasks: kills | rows lost | rows doubled | rows written again |"]
    lines.append("| --- | --- | --- | --- | --- |")
    total = 0
    for flow in stories.STORIES:
        whole, wanted = undisturbed(begun, flow)
        story = begun(flow)
        kills, again = killed(story)
        there = Counter(story.ids())
        lost, doubled = set(wanted) - set(there), [row for row, count in there.items() if count > 1]
        if flow == "etl_migration":  # rows were deleted meanwhile; its state compares with what they must be
            lost = set()
        assert (lost, doubled, again) == (set(), [], 0), flow
        for found, must in zip(story.state(), whole, strict=True):
            assert found == must, flow
        told = ", ".join(f"{name} {count}" for name, count in kills.items())
        lines.append(f"| `{flow}` | {told} | {len(lost)} | {len(doubled)} | {again} |")
        total += sum(kills.values())
    lines.append(f"| **in all** | {total} | 0 | 0 | 0 |")
    assert total >= 40
    _publish("\n".join(lines) + "\n")


def _publish(table: str) -> None:
    """Compare with the page, but for the number of statements, which is not what is promised."""
    head, rest = PAGE.read_text().split(BEGIN)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{head}{BEGIN}{table}{END}{rest.split(END, 1)[1]}")
    else:
        assert re.sub(r"\d+", "n", rest.split(END)[0]) == re.sub(r"\d+", "n", table)


@pytest.mark.parametrize("flow", stories.STORIES)
def test_sigterm_ends_a_task_that_waits_at_once_and_it_resumes(begun, flow):
    whole, _ids = undisturbed(begun, flow)
    story = begun(flow)
    for name, work in story.tasks():
        if story.held in ("", name):
            assert dying.terminated(work, story.dsn, story.lock) < 10
        dying.lives(work)
    dying.settle(story.dsn)
    assert story.state() == whole
