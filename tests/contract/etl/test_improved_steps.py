"""The steps of etl_improved one after the other, against a real source table and a real target."""

import os

import pytest
from improvedkit import improved

from etl import extras
from kit import db

__all__ = ["improved"]

COUNTS = (
    "select count(*) as rows, sum(net_amount) as net, count(distinct fingerprint) as prints from etl_improved_events"
)


def test_a_run_loads_what_is_new_and_leaves_its_traces(improved):
    improved.fill(1, 1200)
    found = improved.run("e1")
    assert found["outcome"]["code"] == "ok"
    assert (found["total_rows"], found["expected_rows"], found["ratio"]) == (1200, 1200, 1.0)
    assert improved.one(COUNTS)["rows"] == improved.one(COUNTS)["prints"] == 1200
    run = improved.one("select * from etl_runs")
    assert (run["status"], run["num_chunks"], run["run_label"], run["params"]["chunk_size"]) == (
        "succeeded",
        3,
        "etl_improved",
        500,
    )
    actions = db.fetch_all(improved.conn, "select action from etl_improved_audit order by audit_id")
    assert [row["action"] for row in actions] == [
        "begun", "extracted", "transformed", "validated", "expected", "loaded", "finished",
    ]  # fmt: skip
    assert {"ratio", "rows_per_second", "bad_rows"} <= {
        row["name"] for row in db.fetch_all(improved.conn, "select name from v_etl_latest_metrics")
    }
    lineage = improved.one("select inputs, outputs, release from etl_lineage")
    assert lineage["inputs"][0]["dataset"] == "source:sales_events_table"
    assert lineage["outputs"][0] | {"checksum": ""} == {
        "dataset": "postgres:public.etl_improved_events", "rows": 1200, "checksum": "",
    }  # fmt: skip


def test_the_next_run_takes_what_came_since_and_changes_nothing_else(improved):
    improved.fill(1, 100)
    improved.run("e1")
    written = (
        "select max(xmin::text::bigint) as x, max(loaded_at) as t from etl_improved_events where customer_id <= 100"
    )
    before = improved.one(written)
    improved.fill(101, 130)
    improved.change("update source.sales_events set recorded_at = now() - interval '1 second' where seq > 95")
    found = improved.run("e2")
    assert (found["outcome"]["code"], found["expected_rows"]) == ("ok", 35)
    assert (improved.one(COUNTS)["rows"], improved.one(written)) == (130, before)


def test_bad_rows_wait_in_the_quarantine_and_lower_the_ratio(improved):
    improved.fill(1, 100)
    improved.change("update source.sales_events set amount = '1.234,56' where seq in (7, 8)")
    found = improved.run("e1")
    assert (found["outcome"]["code"], found["ratio"]) == ("low_acceptance", 0.98)
    assert improved.one(COUNTS)["rows"] == 98
    assert improved.one("select count(*) as n, min(code) as code from etl_quarantine") == {"n": 2, "code": "locale"}
    assert improved.one("select count(*) as n from etl_checkpoints") == {"n": 1}  # they are not asked for again
    improved.fill(101, 200)
    improved.change("update source.sales_events set recorded_at = now() where seq > 100")
    improved.change("update source.sales_events set amount = 'x' where seq = 101")
    assert improved.run("e2", min_acceptance_ratio=0.9)["outcome"]["code"] == "ok"


def test_too_many_bad_rows_publish_nothing_and_are_asked_for_again(improved):
    improved.fill(1, 100)
    improved.change("update source.sales_events set quantity = '0' where seq <= 20")
    found = improved.run("e1")
    assert (found["outcome"]["code"], found["status"], found["ratio"]) == ("too_many_bad_rows", "refused", 0.8)
    assert improved.one(COUNTS)["rows"] == 0
    assert improved.one("select count(*) as n from etl_checkpoints") == {"n": 0}
    improved.change("update source.sales_events set quantity = '1'")
    assert improved.run("e2")["outcome"]["code"] == "ok"


def test_a_rehearsal_writes_no_row(improved):
    improved.fill(1, 100)
    found = improved.run("e1", dry_run=True)
    assert (found["outcome"]["code"], found["total_rows"]) == ("planned", 100)
    assert improved.one(COUNTS)["rows"] == 0
    assert improved.one("select count(*) as n from etl_checkpoints") == {"n": 0}
    assert improved.one("select count(*) as n from v_etl_latest_metrics") == {"n": 0}


def test_a_killed_step_is_done_again_by_the_same_run(improved):
    improved.fill(1, 100)
    improved.run("e1")
    assert improved.run("e1")["outcome"]["code"] == "ok"
    assert improved.one("select count(*) as runs from etl_runs") == {"runs": 1}
    assert improved.one(COUNTS)["rows"] == 100


def test_nothing_new_is_a_run_of_no_rows(improved):
    assert improved.run("e1")["outcome"]["code"] == "ok"


def test_a_corrected_event_is_one_row_across_months(improved):
    improved.fill(1, 10)
    improved.run("e1")
    improved.change(
        "update source.sales_events set occurred_at = '2026-10-01T00:00:00Z', amount = '1', recorded_at = now() "
        "where seq = 1; insert into source.sales_events select 11, now(), event_id, customer_id, event_type, "
        "'2026-11-21T00:00:00Z', '99', currency, quantity, payload from source.sales_events where seq = 2"
    )
    improved.run("e2")
    assert improved.one(COUNTS)["rows"] == 10
    assert improved.one("select amount::int as a from etl_improved_events where event_id = 'evt-2'") == {"a": 99}
    # An older version came late: it does not replace the newer one.
    assert improved.one("select amount::float as a from etl_improved_events where event_id = 'evt-1'") == {"a": 1.5}


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"table_name": "nowhere"}, "target_missing"),
        ({"audit_table_name": "nowhere"}, "target_missing"),
        ({"source": "nowhere"}, "source_unknown"),
    ],
)
def test_what_is_missing_is_refused_and_recorded(improved, inputs, code):
    found = improved.run("e1", **inputs)
    assert found["outcome"]["code"] == code


@pytest.mark.skipif(extras.installed("great_expectations"), reason="Great Expectations is installed")
def test_a_suite_that_is_enforced_and_not_installed_refuses(improved):
    improved.fill(1, 10)
    assert improved.run("e1", enforce_ge=True)["outcome"]["code"] == "expectations_missing"
    assert improved.one(COUNTS)["rows"] == 0
    assert improved.one("select status from etl_runs") == {"status": "refused"}
    improved.run("e2")
    told = improved.one("select detail from etl_improved_audit where action = 'expected'")["detail"]
    assert told == {"suite": "not_installed", "failed": [], "expectations": 0, "enforced": False}


@pytest.mark.skipif(extras.installed("mlflow"), reason="MLflow is installed")
def test_a_tracking_that_is_asked_for_and_not_installed_refuses(improved):
    improved.fill(1, 10)
    assert improved.run("e1", mlflow_enable=True)["outcome"]["code"] == "mlflow_missing"
    assert improved.one(COUNTS)["rows"] == 0


@pytest.mark.skipif(not extras.installed("great_expectations"), reason="needs the extra `quality`")
def test_an_enforced_suite_decides(improved):
    improved.fill(1, 100)
    assert improved.run("e1", enforce_ge=True)["outcome"]["code"] == "ok"
    told = improved.one("select detail from etl_improved_audit where action = 'expected'")["detail"]
    assert (told["suite"], told["failed"]) == ("passed", [])
    improved.fill(101, 200)
    improved.change("update source.sales_events set currency = 'XXX', recorded_at = now() where seq > 190")
    found = improved.run("e2", enforce_ge=True)
    assert found["outcome"]["code"] == "expectations_failed"
    assert "expect_column_values_to_be_in_set currency" in found["outcome"]["message"]
    assert improved.one(COUNTS)["rows"] == 100


@pytest.mark.skipif(not extras.installed("mlflow"), reason="needs the extra `tracking`")
def test_a_run_is_logged_once(improved, tmp_path, monkeypatch):
    improved.fill(1, 10)
    assert improved.run("e0", mlflow_enable=True)["outcome"]["code"] == "mlflow_not_set"
    monkeypatch.setenv("OPSFLOWS_MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    found = [improved.run("e1", mlflow_enable=True, mlflow_experiment="shop") for _ in range(2)]
    assert found[0]["mlflow_run"] == found[1]["mlflow_run"] != ""
    import mlflow

    run = mlflow.get_run(found[0]["mlflow_run"])
    assert (run.data.params["chunk_size"], run.data.metrics["ratio"], run.data.tags["status"]) == (
        "500",
        1.0,
        "succeeded",
    )
    assert os.environ.get("MLFLOW_TRACKING_URI") in (None, f"sqlite:///{tmp_path}/mlflow.db")
