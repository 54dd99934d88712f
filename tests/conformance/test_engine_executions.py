"""Executions by Kestra's own SDK: inputs, search, follow, files, and everything that changes one."""

import json
import os
import time
from pathlib import Path

import pytest
from kestrapy.exceptions import ConflictException, NotFoundException, UnprocessableEntityException

pytestmark = pytest.mark.engine

INPUTS = """
id: inputs
namespace: NAMESPACE
inputs:
  - {id: name, type: STRING}
  - {id: count, type: INT, defaults: 3, min: 1}
  - {id: flag, type: BOOL, defaults: false}
  - {id: data, type: JSON, required: false}
  - {id: file, type: FILE, required: false}
tasks:
  - id: echo
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.name }} {{ inputs.count }} {{ inputs.flag }}"
outputs:
  - {id: echoed, type: STRING, value: "{{ outputs.echo.value }}"}
  - {id: content, type: STRING, value: "{{ inputs.file is defined and inputs.file ? read(inputs.file) : '' }}"}
"""

FAILS_ONCE = """
id: fails_once
namespace: NAMESPACE
tasks:
  - id: first
    type: io.kestra.plugin.core.debug.Return
    format: done
  - id: second
    type: io.kestra.plugin.core.execution.Fail
    runIf: "{{ kv('repaired', errorOnMissing=false) != 'yes' }}"
"""

PAUSES = """
id: pauses
namespace: NAMESPACE
tasks:
  - id: ask
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - {id: decision, type: STRING}
outputs:
  - {id: decision, type: STRING, value: "{{ outputs.ask.onResume.decision }}"}
"""

SLEEPS = """
id: sleeps
namespace: NAMESPACE
tasks:
  - id: sleep
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      import os, time
      print("pid", os.getpid(), flush=True)
      time.sleep(60)
"""


def test_inputs_are_typed_and_defaults_apply(kestra):
    kestra.deploy(INPUTS)
    execution = kestra.run("inputs", {"name": "Ana", "flag": True})
    assert execution.state.current.value == "SUCCESS"
    assert kestra.outputs(execution.id)["echoed"] == "Ana 3 true"
    assert kestra.execution(execution.id)["inputs"].items() >= {"name": "Ana", "count": 3, "flag": True}.items()


def test_a_file_input_arrives_with_its_content(kestra):
    kestra.deploy(INPUTS)
    execution = kestra.run("inputs", {"name": "x", "file": ("note.txt", b"from a file")})
    assert kestra.outputs(execution.id)["content"] == "from a file"


@pytest.mark.parametrize("inputs", [None, {"name": "x", "count": "many"}, {"name": "x", "count": "0"}])
def test_missing_and_wrong_inputs_are_refused(kestra, inputs):
    kestra.deploy(INPUTS)
    with pytest.raises(UnprocessableEntityException):
        kestra.run("inputs", inputs)


def test_an_unknown_flow_or_execution_is_not_found(kestra):
    with pytest.raises(NotFoundException):
        kestra.run("never_deployed")
    with pytest.raises(NotFoundException):
        kestra.client.executions.execution("never", "main")


def test_a_disabled_flow_does_not_start(kestra):
    kestra.deploy(INPUTS.replace("id: inputs\n", "id: disabled\ndisabled: true\n"))
    with pytest.raises(ConflictException):
        kestra.run("disabled", {"name": "x"})


def test_a_check_blocks_the_execution_with_its_message(kestra):
    check = 'checks: [{when: "{{ inputs.count < 10 }}", message: too many, behavior: BLOCK_EXECUTION}]\ntasks:'
    kestra.deploy(INPUTS.replace("id: inputs\n", "id: checked\n").replace("tasks:", check))
    with pytest.raises(UnprocessableEntityException, match="too many"):
        kestra.run("checked", {"name": "x", "count": 11})
    assert kestra.run("checked", {"name": "x", "count": 9}).state.current.value == "SUCCESS"


def test_search_filters_by_flow_state_and_label(kestra):
    kestra.deploy(INPUTS.replace("id: inputs\n", "id: searched\n"))
    one = kestra.run("searched", {"name": "one"}, labels=["batch:a"])
    kestra.run("searched", {"name": "two"}, labels=["batch:b"])

    def total(*more):
        flow = {"field": "flowId", "operation": "EQUALS", "value": "searched"}
        space = {"field": "namespace", "operation": "EQUALS", "value": kestra.namespace}
        return kestra.client.executions.search_executions("main", filters=[space, flow, *more])

    assert total()["total"] == 2
    assert total({"field": "state", "operation": "IN", "value": ["SUCCESS", "FAILED"]})["total"] == 2
    assert total({"field": "state", "operation": "EQUALS", "value": "FAILED"})["total"] == 0
    labelled = total({"field": "labels", "operation": "EQUALS", "value": {"batch": "a"}})
    assert [row["id"] for row in labelled["results"]] == [one.id]


def test_the_flat_filters_of_older_versions_are_refused(kestra):
    assert kestra.api("GET", "/executions/search", params={"state": "FAILED"}).status_code == 422


def test_follow_streams_until_the_end(kestra):
    kestra.deploy(INPUTS)
    started = kestra.client.executions.create_execution("main", kestra.namespace, "inputs", inputs={"name": "x"})
    events = list(kestra.client.executions.follow_execution(started.id, "main"))
    assert len(events) > 1
    assert events[-1].state.current.value == "SUCCESS"


def test_follow_of_an_ended_execution_ends_at_once(kestra):
    kestra.deploy(INPUTS)
    ended = kestra.run("inputs", {"name": "x"})
    last = list(kestra.client.executions.follow_execution(ended.id, "main"))[-1]
    assert last.state.current.value == "SUCCESS"


def test_a_killed_execution_leaves_no_process(kestra):
    kestra.deploy(SLEEPS)
    started = kestra.client.executions.create_execution("main", kestra.namespace, "sleeps")
    logs = kestra.logged(started.id, "pid")
    kestra.client.executions.kill_execution(started.id, "main")
    assert kestra.ended(started.id)["state"]["current"] == "KILLED"
    if kestra.is_local:
        pid = int(logs.split("pid", 1)[1].split()[0])
        kestra.until(lambda: Path(f"/proc/{pid}").exists(), lambda alive: not alive)
    with pytest.raises(ConflictException):
        kestra.client.executions.kill_execution(started.id, "main")


def test_a_paused_execution_goes_on_with_what_the_person_said(kestra):
    kestra.deploy(PAUSES)
    started = kestra.client.executions.create_execution("main", kestra.namespace, "pauses")
    kestra.until(lambda: kestra.execution(started.id), lambda e: e["state"]["current"] == "PAUSED")
    with pytest.raises(UnprocessableEntityException):
        kestra.client.executions.resume_execution(started.id, "main")
    kestra.client.executions.resume_execution(started.id, "main", {"decision": "approve"})
    assert kestra.ended(started.id)["state"]["current"] == "SUCCESS"
    assert kestra.outputs(started.id) == {"decision": "approve"}
    with pytest.raises(ConflictException):
        kestra.client.executions.resume_execution(started.id, "main", {"decision": "again"})


def test_a_running_execution_pauses_and_resumes(kestra):
    two = SLEEPS.replace("id: sleeps", "id: holds").replace("time.sleep(60)", "time.sleep(1)")
    kestra.deploy(two + "  - {id: after, type: io.kestra.plugin.core.debug.Return, format: done}\n")
    started = kestra.client.executions.create_execution("main", kestra.namespace, "holds")
    kestra.until(lambda: kestra.execution(started.id), lambda e: e["state"]["current"] == "RUNNING")
    kestra.client.executions.pause_execution(started.id, "main")
    kestra.until(lambda: kestra.execution(started.id), lambda e: e["state"]["current"] == "PAUSED")
    kestra.client.executions.resume_execution(started.id, "main")
    assert kestra.ended(started.id)["state"]["current"] == "SUCCESS"


def test_restart_repeats_only_what_failed(kestra):
    kestra.deploy(FAILS_ONCE)
    failed = kestra.run("fails_once")
    assert failed.state.current.value == "FAILED"
    kestra.client.kv.set_key_value(kestra.namespace, "repaired", "main", '"yes"')
    kestra.client.executions.restart_execution(failed.id, "main")
    ended = kestra.until(lambda: kestra.execution(failed.id), lambda e: e["state"]["current"] in ("SUCCESS", "WARNING"))
    first = next(run for run in ended["taskRunList"] if run["taskId"] == "first")
    assert [state["state"] for state in first["state"]["histories"]].count("RUNNING") == 1


def test_replay_makes_a_new_execution_of_the_same_inputs(kestra):
    kestra.deploy(INPUTS)
    source = kestra.run("inputs", {"name": "replayed"})
    replayed = kestra.client.executions.replay_execution(source.id, "main")
    assert replayed.id != source.id
    assert kestra.ended(replayed.id)["state"]["current"] == "SUCCESS"
    assert kestra.outputs(replayed.id)["echoed"].startswith("replayed")


def test_replay_takes_other_inputs(kestra):
    kestra.deploy(INPUTS)
    source = kestra.run("inputs", {"name": "old"})
    replayed = kestra.client.executions.replay_execution_with_inputs(source.id, "main", inputs={"name": "new"})
    kestra.ended(replayed.id)
    assert kestra.outputs(replayed.id)["echoed"].startswith("new")


def test_a_deleted_execution_is_gone_with_its_logs(kestra):
    kestra.deploy(INPUTS)
    execution = kestra.run("inputs", {"name": "x"})
    kestra.client.executions.delete_execution(execution.id, "main")
    with pytest.raises(NotFoundException):
        kestra.client.executions.execution(execution.id, "main")
    assert kestra.client.logs.list_logs_from_execution(execution.id, "main") == []


def test_an_execution_waits_for_its_date(kestra):
    kestra.deploy(INPUTS)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    started = kestra.client.executions.create_execution(
        "main", kestra.namespace, "inputs", inputs={"name": "later"}, schedule_date=soon
    )
    assert kestra.execution(started.id)["state"]["current"] == "CREATED"
    assert kestra.ended(started.id)["state"]["current"] == "SUCCESS"


def test_system_labels_cannot_be_set_from_outside(kestra):
    kestra.deploy(INPUTS)
    with pytest.raises(UnprocessableEntityException):
        kestra.run("inputs", {"name": "x"}, labels=["system.from:me"])


def test_numbers_and_structures_survive_as_json_inputs(kestra):
    kestra.deploy(INPUTS)
    execution = kestra.run("inputs", {"name": "x", "data": {"a": [1, {"b": None}]}})
    assert kestra.execution(execution.id)["inputs"]["data"] == json.loads('{"a": [1, {"b": null}]}')


@pytest.mark.usefixtures("local_only")
def test_the_engine_answers_this_machine_only(kestra):
    port = int(kestra.url.rsplit(":", 1)[1])
    listening = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    addresses = {
        row[1].rsplit(":", 1)[0] for row in listening if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port
    }
    assert addresses in (set(), {"0000000000000000FFFF00000100007F"})
    assert os.name == "posix"
