"""The two Python tasks: environment, files, outputs, metrics, failures, retries, secrets, logs."""

import pytest

pytestmark = pytest.mark.engine

TASK = """
id: FLOW
namespace: NAMESPACE
tasks:
  - id: py
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
"""

REPORT = """
    env: {GREETING: "{{ flow.id }}"}
    inputFiles: {data.txt: "from the flow"}
    outputFiles: ["*.bin"]
    script: |
      import json, os, pathlib
      pathlib.Path("all.bin").write_bytes(bytes(range(256)))
      text = pathlib.Path("data.txt").read_text()
      print("::" + json.dumps({"outputs": {"greeting": os.environ["GREETING"], "text": text}}) + "::")
      metric = {"name": "rows", "type": "counter", "value": 3, "tags": {"kind": "a"}}
      print("::" + json.dumps({"metrics": [metric]}) + "::")
      print("a line of the log")
"""


def test_a_script_reads_env_and_files_and_gives_outputs_metrics_and_logs(kestra):
    kestra.deploy(TASK.replace("FLOW", "report") + REPORT)
    execution = kestra.run("report")
    outputs = kestra.task_outputs(execution.id, "py")
    assert execution.state.current.value == "SUCCESS"
    assert outputs["vars"] == {"greeting": "report", "text": "from the flow"}
    assert outputs["exitCode"] == 0
    kestra.logged(execution.id, "a line of the log")
    metrics = kestra.until(lambda: _metrics(kestra, execution.id), lambda found: "rows" in {m["name"] for m in found})
    assert [(m["name"], m["value"], m["tags"]) for m in metrics if m["name"] == "rows"] == [
        ("rows", 3.0, {"kind": "a"})
    ]
    assert "rows" in kestra.client.metrics.flow_metric_names(kestra.namespace, "report", "main")


def _metrics(kestra, execution_id):
    return kestra.client.metrics.execution_metrics(execution_id, "main", size=50)["results"]


def test_an_output_file_downloads_byte_for_byte(kestra):
    kestra.deploy(TASK.replace("FLOW", "file_out") + REPORT)
    execution = kestra.run("file_out")
    uri = kestra.task_outputs(execution.id, "py")["outputFiles"]["all.bin"]
    assert kestra.client.executions.download_file_from_execution(execution.id, uri, "main") == bytes(range(256))
    assert kestra.client.executions.file_metadatas_from_execution(execution.id, uri, "main").size == 256


def test_a_text_file_has_a_preview(kestra):
    lines = '\n    outputFiles: ["lines.txt"]\n    script: open("lines.txt", "w").write("\\n".join("abc"))\n'
    kestra.deploy(TASK.replace("FLOW", "preview") + lines)
    execution = kestra.run("preview")
    uri = kestra.task_outputs(execution.id, "py")["outputFiles"]["lines.txt"]
    preview = kestra.client.executions.preview_file_from_execution(execution.id, uri, "main", max_rows=2)
    assert (preview["content"], preview["truncated"]) == ("a\nb", True)


def test_a_file_of_another_flow_cannot_be_had(kestra):
    kestra.deploy(TASK.replace("FLOW", "owner") + REPORT)
    kestra.deploy(TASK.replace("FLOW", "stranger") + REPORT)
    owner, stranger = kestra.run("owner"), kestra.run("stranger")
    uri = kestra.task_outputs(owner.id, "py")["outputFiles"]["all.bin"]
    answer = kestra.api("GET", f"/executions/{stranger.id}/file", params={"path": uri})
    assert answer.status_code == 422


def test_commands_run_files_of_the_parent_namespace(kestra):
    module = b'import os\nprint("::{\\"outputs\\": {\\"answer\\": 42}}::")\n'
    kestra.client.files.create_namespace_file(kestra.namespace, "/0.1/scripts/pack/mod.py", "main", module)
    kestra.client.files.create_namespace_file(
        kestra.namespace, "/0.2/scripts/pack/mod.py", "main", b"raise SystemExit(9)"
    )
    kestra.client.flows.create_flow(
        "main",
        f"""
        id: from_parent
        namespace: {kestra.namespace}.child
        variables: {{release: "0.1"}}
        tasks:
          - id: py
            type: io.kestra.plugin.scripts.python.Commands
            taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
            namespaceFiles:
              namespaces: ["{kestra.namespace}"]
              include: ["/{{{{ vars.release }}}}/scripts/pack/**"]
            commands:
              - test ! -e 0.2
              - PYTHONPATH="{{{{ vars.release }}}}/scripts" exec python -m pack.mod
        """,
    )
    execution = kestra.client.executions.create_execution("main", f"{kestra.namespace}.child", "from_parent", wait=True)
    kestra.client.flows.delete_flow(f"{kestra.namespace}.child", "from_parent", "main")
    assert execution.state.current.value == "SUCCESS", kestra.logs(execution.id)
    assert kestra.task_outputs(execution.id, "py")["vars"] == {"answer": 42}


def test_a_failing_command_stops_the_rest_and_fails_the_task(kestra):
    kestra.deploy(
        TASK.replace("FLOW", "fails").replace("Script", "Commands") + '\n    commands: ["false", "echo reached"]\n'
    )
    execution = kestra.run("fails")
    assert execution.state.current.value == "FAILED"
    assert "reached" not in kestra.logged(execution.id, "exit code").splitlines()


def test_a_retry_repeats_the_task_until_it_works(kestra):
    script = """
    retry: {type: constant, interval: PT0.1S, maxAttempts: 3}
    script: |
      import sys
      sys.exit(0 if {{ taskrun.attemptsCount }} == 2 else 1)
"""
    kestra.deploy(TASK.replace("FLOW", "retries") + script)
    execution = kestra.run("retries")
    assert execution.state.current.value == "SUCCESS"
    assert len(kestra.execution(execution.id)["taskRunList"][0]["attempts"]) == 3


def test_a_timeout_ends_the_task(kestra):
    kestra.deploy(TASK.replace("FLOW", "slow") + '\n    timeout: PT0.5S\n    script: "import time; time.sleep(30)"\n')
    assert kestra.run("slow").state.current.value == "FAILED"


def test_the_context_file_carries_the_inputs(kestra):
    script = """
    executionContext: true
    script: |
      import json
      context = json.load(open(".kestra-execution-context.json"))
      print("::" + json.dumps({"outputs": {"flow": context["flow"]["id"]}}) + "::")
"""
    kestra.deploy(TASK.replace("FLOW", "context") + script)
    execution = kestra.run("context")
    assert kestra.task_outputs(execution.id, "py")["vars"] == {"flow": "context"}


@pytest.mark.usefixtures("local_only")
def test_a_secret_reaches_the_task_and_not_the_log(kestra):
    script = """
    env: {KEY: "{{ secret('CONFORMANCE_KEY') }}"}
    script: |
      import os
      print("the key is", os.environ["KEY"], "of length", len(os.environ["KEY"]))
"""
    kestra.deploy(TASK.replace("FLOW", "secret") + script)
    logs = kestra.logged(kestra.run("secret").id, "of length 17")
    assert "key-from-a-secret" not in logs


@pytest.mark.usefixtures("local_only")
def test_python_is_the_one_of_the_project(kestra):
    import sys
    from pathlib import Path

    kestra.deploy(TASK.replace("FLOW", "which") + "\n    script: import sys; print(sys.prefix)\n")
    kestra.logged(kestra.run("which").id, str(Path(sys.executable).parents[1]))


@pytest.mark.usefixtures("local_only")
@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("dependencies: [requests]", "lock file"),
        ("taskRunner: {type: io.kestra.plugin.scripts.runner.docker.Docker}", "runner.Process"),
    ],
)
def test_what_this_machine_cannot_give_fails_with_advice(kestra, line, advice):
    task = TASK.replace("FLOW", "refused")
    if line.startswith("taskRunner"):
        task = task.replace("taskRunner: {type: io.kestra.plugin.core.runner.Process}", line)
        line = ""
    kestra.deploy(task + f'    {line}\n    script: print("x")\n')
    execution = kestra.run("refused")
    assert execution.state.current.value == "FAILED"
    kestra.logged(execution.id, advice)


def test_an_unknown_property_of_a_task_does_not_validate(kestra):
    flow = (TASK.replace("FLOW", "unknown") + '\n    scrpt: print("x")\n').replace("NAMESPACE", kestra.namespace)
    assert "scrpt" in kestra.client.flows.validate_flows("main", flow)[0].constraints


def test_logs_download_as_text_and_filter_by_level(kestra):
    kestra.deploy(TASK.replace("FLOW", "logs") + '\n    script: print("just information")\n')
    execution = kestra.run("logs")
    kestra.logged(execution.id, "just information")
    assert "just information" in kestra.client.logs.download_logs_from_execution(execution.id, "main")
    assert kestra.client.logs.list_logs_from_execution(execution.id, "main", min_level="ERROR") == []


def test_logs_are_searchable(kestra):
    kestra.deploy(TASK.replace("FLOW", "logs_found") + '\n    script: print("needle in the log")\n')
    execution = kestra.run("logs_found")
    by_execution = {"field": "executionId", "operation": "EQUALS", "value": execution.id}
    kestra.logged(execution.id, "needle in the log")
    found = kestra.client.logs.search_logs("main", size=50, filters=[by_execution])
    assert any("needle in the log" in line.message for line in found.results)
