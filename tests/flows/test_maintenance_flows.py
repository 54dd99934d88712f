"""etl_maintenance and state_maintenance on the real engine: rows, months, executions, keys and releases that go."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flowkit import Receipts, start

from kit import db
from tests import maintenance_support as kit
from tests.waiting import wait_for
from tools.deploy.server import Server

FLOWS = Path(__file__).resolve().parents[2] / "flows"
TRIAL = """
id: trial
namespace: opsflows.trial
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: something to keep}
"""


@pytest.fixture
def server(stack) -> Server:
    return Server(stack.target)


@pytest.fixture
def conn(stack):
    with db.connect(stack.postgres.dsn) as connection:
        yield connection


def state_of(receipts: Receipts, execution_id: str) -> str:
    return str(receipts.execution(execution_id)["state"]["current"])


def test_the_etl_tables_are_kept_small_and_the_report_is_stored(receipts: Receipts, conn):
    kit.measured(conn, 500, 25)
    old = kit.events(conn, 20, 9_000_001, 9_000_040)
    only = '["public.etl_improved_metrics", "public.etl_improved_events"]'
    planned = receipts.outputs(start(receipts.stack, "etl.etl_maintenance", tables=only, dry_run="true"))
    assert (planned["outcome"], planned["counts"]["partitions"]) == ("ok", 1)
    assert old in kit.partitions(conn)
    execution_id = start(receipts.stack, "etl.etl_maintenance", tables=only)
    outputs = receipts.outputs(execution_id)
    assert outputs["counts"] == planned["counts"]
    assert old not in kit.partitions(conn)
    assert kit.counts(conn, "etl_improved_metrics where created_at < now() - interval '90 days'") == [0]
    text = receipts.get(f"executions/{execution_id}/file", path=outputs["report"]).text
    assert text.startswith("# Mantenimiento de los datos")
    assert f"{old.replace('_', chr(92) + '_')}" in text


def test_a_table_that_is_not_in_the_list_fails_the_run(receipts: Receipts):
    execution_id = start(receipts.stack, "etl.etl_maintenance", tables='["ops.claims"]')
    assert state_of(receipts, execution_id) == "FAILED"


def test_the_shared_state_is_kept_small(receipts: Receipts, conn, server: Server):
    claim = "insert into ops.claims (key, holder, state, lease_until, updated_at) values (%s, 'h', %s, %s, %s)"
    for state in ("done", "held", "free"):
        db.execute(conn, claim, (f"trial:{state}", state, "2020-01-01", "2020-01-01"))
    for path in ("/0.0.1/manifest.json", "/0.0.1/scripts/old.py", "/not-a-release/kept.txt"):
        server.write_file("opsflows", path, b"{}")
    for number in range(15):
        server.write_value("trial.counted", number)
    planned = receipts.outputs(start(receipts.stack, "platform.state_maintenance", dry_run="true"))
    assert claims(planned) == 3
    assert kit.counts(conn, "ops.claims where key like 'trial:%'") == [3]
    assert {one["version"]: one["why"] for one in planned["kestra"]["releases"]}["0.0.1"] == ""
    assert "opsflows.etl" in planned["kestra"]["namespaces"]
    assert not {"opsflows", "opsflows.tickets"} & set(planned["kestra"]["namespaces"])
    assert "0.0.1" in server.folders("opsflows")
    execution_id = start(receipts.stack, "platform.state_maintenance")
    outputs = receipts.outputs(execution_id)
    assert state_of(receipts, execution_id) == "SUCCESS"
    assert claims(outputs) == 3
    assert kit.counts(conn, "ops.claims where key like 'trial:%'") == [0]
    assert outputs["purged"]["releases"] == ["0.0.1"]
    found, releases = set(server.folders("opsflows")), {flow.release for flow in server.flows() if flow.release}
    assert "0.0.1" not in found
    assert {"not-a-release", *releases} <= found
    assert server.read_value("trial.counted") == 14
    server.delete_file("opsflows", "/not-a-release")


def claims(outputs: dict[str, Any]) -> int:
    return sum(rows for step, rows in outputs["rows"].items() if step.startswith("ops.claims"))


def test_the_purges_take_executions_logs_and_revisions(receipts: Receipts, server: Server):
    """The flow's own purge tasks, with this moment instead of months ago, on a namespace of their own."""
    server.put_flow("opsflows.trial", "trial", TRIAL)
    gone = start(receipts.stack, "trial.trial")
    receipts.execution(gone)
    wait_for(lambda: receipts.get(f"logs/{gone}").json(), "the log to be written")
    server.put_flow("opsflows.platform", "purge_trial", trial_of_the_purges())
    execution_id = start(receipts.stack, "platform.purge_trial")
    assert state_of(receipts, execution_id) == "SUCCESS", receipts.get(f"logs/{execution_id}").text
    assert receipts.get("executions/search", **{"filters[namespace][EQUALS]": "opsflows.trial"}).json()["total"] == 0
    assert receipts.get(f"logs/{gone}").json() == []
    for name, flow_id in (("opsflows.platform", "purge_trial"), ("opsflows.trial", "trial")):
        server.delete_flow(name, flow_id)


def trial_of_the_purges() -> str:
    flow = yaml.safe_load((FLOWS / "platform/state_maintenance.yaml").read_text())
    kept = [task for task in flow["tasks"] if ".Purge" in task["type"] or task["id"] == "purge_namespaces"]
    text = yaml.safe_dump(
        {"id": "purge_trial", "namespace": "opsflows.platform", "inputs": flow["inputs"], "tasks": kept}, width=9999
    )
    for name in ("executions_before", "logs_before"):
        text = text.replace(f"outputs.retain_rows.vars.{name}", "now()")
    text = text.replace("{{ outputs.retain_rows.vars.namespaces }}", '["opsflows.trial"]')
    text = text.replace("outputs.retain_rows.vars.namespaces | length > 0", "true")
    return text.replace("namespace: opsflows\n", "namespace: opsflows.trial\n").replace(
        "- opsflows\n", "- opsflows.trial\n"
    )
