"""application.yaml on the real engine: who gets in, what flows see, and what they may not reach.

The engine brings its own configuration, as the image does; production's lies above it. Only what the engine cannot have
is taken away again: Postgres as Kestra's own store, and the folders and the port of the container.
"""

import base64
import json
import re
import secrets

import imagekit
import pytest
import requests
import test_dashboards
import test_monitoring
import yaml
from prometheus_client.parser import text_string_to_metric_families as parsed

from local import engine, ports
from local.engine_settings import write_settings
from tests import logkit
from tests.promkit import names_of
from tests.waiting import wait_for

pytestmark = pytest.mark.engine
USER = "admin@example.org"
CANARIES = {
    "KESTRA_ADMIN_PASSWORD": "Aa1-canary-administrator",
    "KESTRA_DB_PASSWORD": "canary-database",
    "KESTRA_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
}
LOG_AS_JSON = {
    "JAVA_TOOL_OPTIONS": f"-Dlogback.configurationFile={imagekit.ROOT / 'deploy/docker/logback.xml'}",
}
FLOW = """
id: production_look
namespace: opsflows.production
tasks:
  - id: look
    type: {type}
    {property}
"""


@pytest.fixture(scope="module")
def management_port():
    return ports.free()


@pytest.fixture(scope="module")
def server(tmp_path_factory, management_port):
    folder = tmp_path_factory.mktemp("engine")
    production = yaml.safe_load((imagekit.ROOT / "application.yaml").read_text())
    del production["datasources"], production["kestra"]["repository"], production["kestra"]["queue"]["type"]
    production["kestra"]["storage"]["local"]["base-path"] = str(folder / "storage")
    production["kestra"]["tasks"]["tmp-dir"]["path"] = str(folder / "work")
    production["endpoints"]["all"]["port"] = management_port
    (folder / "production.json").write_text(json.dumps(production))

    def with_production(*arguments):
        return f"{write_settings(*arguments)},{folder / 'production.json'}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "write_settings", with_production)
        environment = {"KESTRA_ADMIN_USERNAME": USER, "ENV_SHOWN": "shown", **CANARIES, **LOG_AS_JSON}
        running = engine.start(
            engine.EngineConfig(username=USER, password=CANARIES["KESTRA_ADMIN_PASSWORD"], env=environment)
        )
    yield running
    running.stop()


@pytest.fixture
def run(server):
    """Put the flow of one task and run it to its end; returns the execution's state and everything that it logged."""
    auth = (USER, CANARIES["KESTRA_ADMIN_PASSWORD"])

    def outcome(task: str, **properties: str) -> tuple[str, str]:
        source = FLOW.format(type=task, property="\n    ".join(f"{key}: {value}" for key, value in properties.items()))
        api = f"{server.url}/api/v1/main"
        headers = {"Content-Type": "application/x-yaml"}
        address = f"{api}/flows/opsflows.production/production_look"
        requests.delete(address, auth=auth, timeout=30)
        requests.post(f"{api}/flows", data=source, headers=headers, auth=auth, timeout=30).raise_for_status()
        run_it = f"{api}/executions/opsflows.production/production_look?wait=true"
        found = requests.post(run_it, auth=auth, files={"x": ""}, timeout=60)
        found.raise_for_status()
        execution = found.json()
        return execution["state"]["current"], wait_for(lambda: logs(f"{api}/logs/{execution['id']}"), "logs")

    def logs(address: str) -> str:
        """What was logged, once there is something: Kestra stores it a moment after the end."""
        answer = requests.get(address, auth=auth, timeout=30)
        return answer.text if answer.json() else ""

    return outcome


def test_nobody_gets_in_without_the_password_of_the_environment(server):
    flows = f"{server.url}/api/v1/main/flows/search"
    assert requests.get(flows, timeout=10).status_code == 401
    assert requests.get(flows, auth=(USER, "Aa1-another-password"), timeout=10).status_code == 401
    assert requests.get(flows, auth=(USER, CANARIES["KESTRA_ADMIN_PASSWORD"]), timeout=10).status_code == 200
    assert requests.get(f"{server.url}/ping", timeout=10).status_code == 200
    # An unknown webhook is not found rather than forbidden: its path is open.
    unknown = f"{server.url}/api/v1/main/executions/webhook/opsflows.tickets/no_such_flow/key"
    assert requests.post(unknown, timeout=10).status_code == 404


@pytest.mark.usefixtures("server")
def test_health_is_on_the_management_port_and_the_configuration_is_on_none(management_port):
    # The real server asks no password there; the local one asks on every port.
    auth = (USER, CANARIES["KESTRA_ADMIN_PASSWORD"])
    management = f"http://127.0.0.1:{management_port}"
    assert requests.get(f"{management}/health", auth=auth, timeout=10).json()["status"] == "UP"
    for path in ("env", "beans", "loggers", "routes", "threaddump", "refresh", "stop"):
        assert requests.get(f"{management}/{path}", auth=auth, timeout=10).status_code == 404, path


def test_expressions_show_what_is_meant_for_them_and_no_secret(run):
    state, logs = run("io.kestra.plugin.core.log.Log", message='"seen: {{ envs }}"')
    assert state == "SUCCESS"
    assert re.search(r"seen: \{.*shown", logs)
    assert not [name for name, value in CANARIES.items() if value in logs]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8081/env", "http://169.254.169.254/latest", "http://postgres:5432/"]
)
def test_kestras_own_http_tasks_do_not_reach_the_inside(run, address):
    state, logs = run("io.kestra.plugin.core.http.Request", uri=address)
    assert state == "FAILED"
    assert "kestra.tasks.http.denied-list" in logs


def test_no_file_of_the_server_is_read_by_an_expression(run):
    state, logs = run("io.kestra.plugin.core.log.Log", message="\"{{ read('file:///etc/passwd') }}\"")
    assert state == "FAILED"
    assert "root:" not in logs


def test_the_server_logs_json_and_what_tasks_log_with_where_it_comes_from(server, run):
    state, _ = run("io.kestra.plugin.core.log.Log", message="a task says this")
    assert state == "SUCCESS"

    def lines() -> list[dict[str, str]]:
        return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]

    def said() -> dict[str, str] | None:
        return next((line for line in lines() if line["message"] == "a task says this"), None)

    line = wait_for(said, "the task's line")
    assert set(line) >= logkit.KESTRA | logkit.KESTRA_OF_A_TASK
    assert (line["flowId"], line["taskId"], line["log.level"]) == ("production_look", "look", "INFO")
    assert all(set(one) >= logkit.KESTRA for one in lines())


def test_the_engine_tells_the_metrics_and_labels_that_rules_and_dashboards_ask_for(run, management_port):
    state, _ = run("io.kestra.plugin.core.log.Log", message="counted")
    assert state == "SUCCESS"
    known = dict(
        re.findall(r"(?m)^(\w+) (\w+)$", (imagekit.ROOT / "monitoring/prometheus/kestra-metrics.txt").read_text())
    )
    expressions = [rule["expr"] for rule in test_monitoring.rules()]
    expressions += [expr for board in test_dashboards.BOARDS for expr in test_dashboards.expressions(board)]
    asked = {name for expr in expressions for name in names_of(expr)} & known.keys()

    def told() -> dict[str, tuple[str, set[str]]] | None:
        """Type and labels of each metric, once the execution has been counted."""
        auth = (USER, CANARIES["KESTRA_ADMIN_PASSWORD"])
        text = requests.get(f"http://127.0.0.1:{management_port}/prometheus", auth=auth, timeout=20).text
        found = {sample.name: (family.type, set(sample.labels)) for family in parsed(text) for sample in family.samples}
        return found if "kestra_executor_execution_end_count_total" in found else None

    found = wait_for(told, "the execution's count")
    assert asked - found.keys() == set()
    assert {name: found[name][0] for name in asked} == {name: known[name] for name in asked}
    assert {"namespace_id", "flow_id", "state"} <= found["kestra_executor_execution_end_count_total"][1]
    for name in ("kestra_worker_running_count", "kestra_worker_job_thread", "kestra_worker_pending_count"):
        assert "worker_group" in found[name][1]
