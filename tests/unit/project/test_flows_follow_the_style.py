"""The flows keep to the project's rules, so that each reads like the others."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit import policies, settings

ROOT = Path(__file__).resolve().parents[3]
FLOWS = sorted((ROOT / "flows").glob("*/*.yaml"))
ORDER = [
    "id",
    "namespace",
    "description",
    "labels",
    "inputs",
    "variables",
    "concurrency",
    "checks",
    "sla",
    "tasks",
    "errors",
    "finally",
    "afterExecution",
    "outputs",
    "triggers",
]
SCRIPT = "io.kestra.plugin.scripts.python.Commands"
# What a task's logs and spans are found by; `trace.parent` exists only where Kestra itself is traced.
CORRELATION = """\
OPSFLOWS_RELEASE: "{{ vars.release }}"
OPSFLOWS_EXECUTION_ID: "{{ execution.id }}"
OPSFLOWS_FLOW_ID: "{{ flow.id }}"
OPSFLOWS_NAMESPACE: "{{ flow.namespace }}"
OPSFLOWS_TASK_ID: "{{ task.id }}"
OPSFLOWS_TASKRUN_ID: "{{ taskrun.id }}"
OPSFLOWS_ATTEMPT: "{{ taskrun.attemptsCount + 1 }}"
OPSFLOWS_TRACEPARENT: "{{ trace.parent ?? '' }}"
"""
COMMAND = r'exec sh "\$OPSFLOWS_RELEASE/scripts/kit/run\.sh" (\w+(?:\.\w+)+)'


def tasks(node: Any) -> list[dict[str, Any]]:
    """Every task of a flow, the nested ones too."""
    if isinstance(node, list):
        return [task for item in node for task in tasks(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "type" in node and ".plugin." in str(node["type"]) and ".trigger." not in str(node["type"]) else []
    return own + [task for key, value in node.items() if key not in ("taskRunner", "retry") for task in tasks(value)]


@pytest.fixture(params=FLOWS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def flow(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def test_keys_stand_in_one_order(flow: dict[str, Any]):
    assert list(flow) == [key for key in ORDER if key in flow]


def test_the_description_is_short_and_labels_are_complete(flow: dict[str, Any]):
    assert 0 < len(flow["description"].splitlines()) <= 20
    assert set(flow["labels"]) == {"domain", "owner", "tier", "data_class"}


def test_every_task_says_what_it_does(flow: dict[str, Any]):
    found = tasks(flow["tasks"]) + tasks(flow.get("errors")) + tasks(flow.get("afterExecution"))
    assert [task["id"] for task in found if not task.get("description")] == []
    assert [task["id"] for task in found if not re.fullmatch(r"[a-z]+(_[a-z]+)+", task["id"])] == []


def test_script_tasks_spell_out_runner_and_timeout_and_hold_no_template(flow: dict[str, Any]):
    scripts = [task for task in tasks(flow) if task["type"] == SCRIPT]
    for task in scripts:
        assert task["taskRunner"] == {"type": "io.kestra.plugin.core.runner.Process"}, task["id"]
        assert task["timeout"], task["id"]
        assert len(task["commands"]) == 1, task["id"]
        started = re.fullmatch(COMMAND, task["commands"][0])
        assert started, task["id"]
        assert (ROOT / "scripts" / f"{started[1].replace('.', '/')}.py").exists(), task["id"]


def test_every_script_task_is_told_where_it_runs(flow: dict[str, Any]):
    wanted = yaml.safe_load(CORRELATION)
    for task in [task for task in tasks(flow) if task["type"] == SCRIPT]:
        given = {name: value for name, value in task["env"].items() if name in wanted}
        assert given == wanted, f"{flow['id']}.{task['id']}: its env begins with\n{CORRELATION}"


def test_what_is_gone_in_kestra_2_is_not_used(path: Path):
    gone = ("ForEach", "EachParallel", "pluginDefaults", "taskDefaults", "preconditions:", "BOOLEAN", "type: ENUM")
    assert [word for word in gone if word in path.read_text()] == []


def included(task: dict[str, Any]) -> list[str]:
    patterns = task.get("namespaceFiles", {}).get("include", [])
    assert all(pattern.startswith("/{{ vars.release }}/") for pattern in patterns), task["id"]
    return [pattern.removeprefix("/{{ vars.release }}/") for pattern in patterns]


def test_included_files_exist(flow: dict[str, Any]):
    made_by_a_deploy = {settings.SETTINGS_FILE}
    for pattern in {pattern for task in tasks(flow) for pattern in included(task)} - made_by_a_deploy:
        assert list(ROOT.glob(pattern)), pattern


def test_every_task_that_calls_a_provider_has_the_table_of_limits(flow: dict[str, Any]):
    for task in tasks(flow):
        patterns = included(task)
        if any(pattern.startswith("scripts/adapters/") for pattern in patterns):
            assert {f"namespace_files/{policies.FILE}", "**"} & set(patterns), task["id"]


def test_every_script_task_sees_the_settings_of_its_release(flow: dict[str, Any]):
    for task in tasks(flow):
        if task["type"] == SCRIPT:
            assert {settings.SETTINGS_FILE, "**"} & set(included(task)), task["id"]
