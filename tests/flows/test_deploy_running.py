"""Executions that run while a release is deployed or taken back: they end on the code that they began with."""

import textwrap

import pytest
from deploykit import SAY, TALK, api, finished, flows_of, go_back, resumed, said, started
from flowkit import wait_for

from tools.deploy import executions

pytestmark = pytest.mark.engine
TASK = """\
  - id: say
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    namespaceFiles: {namespaces: [opsflows], include: ["/{{ vars.release }}/scripts/**"]}
    env: {OPSFLOWS_RELEASE: "{{ vars.release }}"}
"""
HEAD = "id: $name\nnamespace: opsflows.demo\nvariables:\n  release: $version\n"
OUTPUT = 'outputs:\n  - {id: said, type: STRING, value: "%s"}\n'
WAIT = "  - {id: wait, type: io.kestra.plugin.core.flow.Pause}\n"
CHILD = (
    "  - {id: child, type: io.kestra.plugin.core.flow.Subflow, namespace: opsflows.demo, flowId: talk, wait: true}\n"
)
SPEAK = """    commands: [sh "$OPSFLOWS_RELEASE/scripts/say.sh"]\n"""
QUICK_TALK = HEAD + "tasks:\n" + TASK + SPEAK + OUTPUT % "{{ outputs.say.vars.said }}"
# Counts its attempts in a file, and succeeds once another one is there.
STUBBORN = """\
    commands:
      - echo x >> FOLDER/attempts
      - test -e FOLDER/open
      - sh "$OPSFLOWS_RELEASE/scripts/say.sh"
"""
RETRY = "    retry: {type: constant, interval: PT0.5S, maxAttempts: 100}\n"
LOOP = """\
tasks:
  - id: rounds
    type: io.kestra.plugin.core.flow.Loop
    values: [1, 2, 3]
    concurrencyLimit: 1
    fetchType: FETCH
    outputs: [{id: said, type: STRING, value: "{{ outputs.say.vars.said }}"}]
    tasks:
"""
GATE = """\
    commands:
      - echo x >> FOLDER/attempts
      - until test -e FOLDER/open; do sleep 0.05; done
      - sh "$OPSFLOWS_RELEASE/scripts/say.sh"
"""


def stubborn(folder, retry):
    task = TASK + retry + STUBBORN.replace("FOLDER", str(folder))
    return HEAD + "tasks:\n" + task + OUTPUT % "{{ outputs.say.vars.said }}"


def attempts(folder):
    path = folder / "attempts"
    return len(path.read_text().split()) if path.exists() else 0


def test_what_began_before_a_deploy_ends_on_its_own_release_and_what_begins_after_it_on_the_new_one(project, server):
    project.deploy(server)
    early = started(server.target, "talk")
    project.at("2.0.0").deploy(server)
    late = started(server.target, "talk")
    assert resumed(server.target, early)["state"]["current"] == "SUCCESS"
    resumed(server.target, late)
    assert (said(server.target, early), said(server.target, late)) == ("1.0.0 1.0.0", "2.0.0 2.0.0")


def test_what_began_before_a_rollback_ends_on_its_own_release_too(project, server):
    project.deploy(server)
    project.at("2.0.0").deploy(server)
    early = started(server.target, "talk")
    go_back(server)
    late = started(server.target, "talk")
    for execution, release in ((early, "2.0.0"), (late, "1.0.0")):
        assert resumed(server.target, execution)["state"]["current"] == "SUCCESS"
        assert said(server.target, execution) == f"{release} {release}"


def test_a_retry_after_the_deploy_runs_the_old_code(project, server, tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    project.flow("demo", "stubborn", stubborn(folder, RETRY)).deploy(server)
    execution = str(api(server.target, "POST", "executions/opsflows.demo/stubborn")["id"])
    wait_for(lambda: attempts(folder), "a first attempt")
    project.at("2.0.0").deploy(server)
    before = attempts(folder)
    wait_for(lambda: attempts(folder) > before, "an attempt after the deploy")
    (folder / "open").touch()
    assert finished(server.target, execution)["state"]["current"] == "SUCCESS"
    assert said(server.target, execution) == "1.0.0"


def test_a_restart_after_the_deploy_runs_the_old_code(project, server, tmp_path):
    project.flow("demo", "fails", stubborn(tmp_path, "")).deploy(server)
    execution = started(server.target, "fails", until="FAILED")
    project.at("2.0.0").deploy(server)
    (tmp_path / "open").touch()
    api(server.target, "POST", f"executions/{execution}/actions/restart")
    wait_for(lambda: finished(server.target, execution)["state"]["current"] == "SUCCESS", "the restart to end well")
    assert said(server.target, execution) == "1.0.0"


def test_a_replay_after_the_deploy_runs_the_old_code(project, server):
    project.flow("demo", "talk", QUICK_TALK).deploy(server)
    execution = started(server.target, "talk", until="SUCCESS")
    project.at("2.0.0").deploy(server)
    replay = str(api(server.target, "POST", f"executions/{execution}/actions/replay")["id"])
    assert finished(server.target, replay)["state"]["current"] == "SUCCESS"
    assert said(server.target, replay) == "1.0.0"


def test_a_queued_execution_runs_on_the_release_at_which_it_was_started(project, server):
    queue = TALK.replace("tasks:", "concurrency: {limit: 1, behavior: QUEUE}\ntasks:")
    project.flow("demo", "talk", queue).deploy(server)
    first, second = started(server.target, "talk"), started(server.target, "talk", until="QUEUED")
    project.at("2.0.0").deploy(server)
    for execution in (first, second):
        wait_for(
            lambda: api(server.target, "GET", f"executions/{execution}")["state"]["current"] == "PAUSED",  # noqa: B023 - used at once
            "its turn",
        )
        resumed(server.target, execution)
        assert said(server.target, execution) == "1.0.0 1.0.0"


def paused_child(server):
    living = executions.living_of(server, "opsflows.demo", "talk")
    return next((item["id"] for item in living if item["state"]["current"] == "PAUSED"), None)


def test_a_subflow_that_runs_stays_on_its_release_and_so_does_its_caller(project, server):
    output = OUTPUT % "{{ outputs.child.outputs.said }} {{ outputs.say.vars.said }}"
    project.flow("demo", "caller", HEAD + "tasks:\n" + CHILD + TASK + SPEAK + output).deploy(server)
    parent = started(server.target, "caller", until="RUNNING")
    child = wait_for(lambda: paused_child(server), "the subflow to pause")
    project.at("2.0.0").deploy(server)
    resumed(server.target, child)
    assert finished(server.target, parent)["state"]["current"] == "SUCCESS"
    assert said(server.target, parent) == "1.0.0 1.0.0 1.0.0"


def test_a_subflow_that_is_started_after_the_deploy_is_a_new_execution_on_the_new_release(project, server):
    caller = HEAD + "tasks:\n" + WAIT + CHILD + OUTPUT % "{{ vars.release }} {{ outputs.child.outputs.said }}"
    project.flow("demo", "talk", QUICK_TALK).flow("demo", "caller", caller).deploy(server)
    parent = started(server.target, "caller")
    project.at("2.0.0").deploy(server)
    resumed(server.target, parent)
    assert said(server.target, parent) == "1.0.0 2.0.0"


def test_the_rounds_of_a_loop_stay_on_its_release(project, server, tmp_path):
    inner = textwrap.indent(TASK + GATE.replace("FOLDER", str(tmp_path)), "    ")
    text = HEAD + LOOP + inner + OUTPUT % "{{ loopOutputs(outputs.rounds.outputs, 'said') | join(' ') }}"
    project.flow("demo", "rounds", text).deploy(server)
    execution = str(api(server.target, "POST", "executions/opsflows.demo/rounds")["id"])
    wait_for(lambda: attempts(tmp_path), "the first round")
    project.at("2.0.0").deploy(server)
    (tmp_path / "open").touch()
    assert finished(server.target, execution)["state"]["current"] == "SUCCESS"
    assert said(server.target, execution) == "1.0.0 1.0.0 1.0.0"


def test_an_execution_of_a_flow_that_is_pruned_goes_on_to_its_end(project, server):
    project.flow("demo", "last", TALK).deploy(server)
    execution = started(server.target, "last")
    project.remove("flows/demo/last.yaml")
    project.at("2.0.0").deploy(server, prune=True)
    assert "opsflows.demo.last" not in flows_of(server)
    assert resumed(server.target, execution)["state"]["current"] == "SUCCESS"
    assert said(server.target, execution) == "1.0.0 1.0.0"


def test_a_development_version_that_is_deployed_again_changes_what_its_executions_read_next(project, server):
    """Why production gets released versions only."""
    project.at("1.1.0.dev0").deploy(server)
    execution = started(server.target, "talk")
    project.write("scripts/say.sh", SAY.format("other"))
    project.deploy(server)
    resumed(server.target, execution)
    assert said(server.target, execution) == "1.1.0.dev0 other"
