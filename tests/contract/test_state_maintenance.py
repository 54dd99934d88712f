"""state_maintenance against a real Postgres: which rows go, which never do, and what is refused."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from kit import db, kestra, task
from kit.errors import ConflictError, UnavailableError
from platform_tasks.upkeep import rules, state
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]
OLD = """
insert into ops.claims (key, holder, state, lease_until, updated_at)
select kind || days, 'h', kind, now() - days * interval '1 day', now() - days * interval '1 day'
from unnest(array['done', 'held', 'free']) kind, unnest(array[1, 89, 91]) days;
insert into ops.effects (key, kind, state, started_at, finished_at)
select state || days, 'k', state, now() - days * interval '1 day',
       case when state in ('done', 'failed') then now() - days * interval '1 day' end
from unnest(array['started', 'done', 'failed', 'unknown']) state, unnest(array[399, 401]) days;
insert into ops.dead_letters (provider, kind, key, reason, state, created_at, closed_at)
select 'p', 'k', state || days, 'r', state, now() - interval '2 years',
       case when state <> 'open' then now() - days * interval '1 day' end
from unnest(array['open', 'replayed', 'dropped']) state, unnest(array[179, 181]) days;
insert into ops.counters (name, day, value) select 'n', current_date - days, 1 from unnest(array[1, 399, 402]) days;
insert into ops.rate_limits (key, tat, wait_s) values ('used', now(), 0), ('idle', now() - interval '8 days', 0);
insert into ops.alerts (key, event, level, title, state, fired_at, resolved_at)
select state || days, 'e', 'INFO', 't', state, now() - interval '2 years',
       case when state = 'resolved' then now() - days * interval '1 day' end
from unnest(array['firing', 'resolved']) state, unnest(array[179, 181]) days;
insert into ops.alert_deliveries (alert_id, channel, change, state, created_at)
select alert_id, 'email', change, told.state, now() - interval '2 years'
from ops.alerts, (values ('fired', 'sent'), ('counted', 'sent'), ('counted', 'pending')) told (change, state);
insert into ops.slow_queries (day, query_id, query, calls, total_ms, mean_ms, max_ms, rows)
select current_date - days, 1, 'select $1', 1, 1, 1, 1, 1 from unnest(array[1, 179, 182]) days;
insert into ops.baseline_samples (series, key, at, weekday, value, verdict)
select 's', days::text, now() - days * interval '1 day', 1, 1, 'normal' from unnest(array[1, 399, 401]) days;
insert into ops.baselines (series, weekday, updated_at)
select 's', weekday, now() - 200 * weekday * interval '1 day' from unnest(array[1, 3]) weekday;
insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, ended_at)
select 'e' || days, 'n', 'f', 'SUCCESS', now(), now() - days * interval '1 day' from unnest(array[179, 181]) days;
insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at)
values ('paused', 'n', 'f', 'PAUSED', now() - interval '2 years')
"""
COLUMNS = """
select column_name as name from information_schema.columns where (table_schema, table_name) = (%s, %s)
"""
LEFT = {
    "ops.claims": 6,
    "ops.effects": 6,
    "ops.dead_letters": 4,
    "ops.counters": 2,
    "ops.rate_limits": 1,
    "ops.alerts": 3,
    "ops.alert_deliveries": 6,
    "ops.flow_runs": 2,
    "ops.slow_queries": 2,
    "ops.baseline_samples": 2,
    "ops.baselines": 1,
}


@pytest.fixture
def old(conn):
    db.execute(conn, OLD)
    return conn


@pytest.fixture
def maintain(dsn, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(tmp_path)

    def go(execution="e1", **inputs):
        return state.run(state.Inputs(**{"dry_run": False, **inputs}), task.Context(execution_id=execution))

    return go


def rows(conn):
    found = {}
    for table in LEFT:
        row = db.fetch_one(conn, f"select count(*) as n from {table}")  # noqa: S608 - our own names
        found[table] = row["n"]
    return found


def test_what_is_past_its_time_goes_and_what_waits_for_a_person_stays(old, maintain, tmp_path):
    before = rows(old)
    planned = maintain(dry_run=True)
    assert rows(old) == before
    assert db.fetch_all(old, "select run_id from ops.maintenance_runs") == []
    told = maintain()
    assert rows(old) == LEFT
    deliveries_of_alerts = 2
    assert sum(told["rows"].values()) == sum(before.values()) - sum(LEFT.values()) - deliveries_of_alerts
    assert told["rows"] == planned["rows"]
    states = db.fetch_all(old, "select state from ops.effects where finished_at is null order by 1")
    assert [row["state"] for row in states] == ["started", "started", "unknown", "unknown"]
    assert json.loads((tmp_path / state.JSON).read_text())["rows"] == told["rows"]
    text = (tmp_path / state.MARKDOWN).read_text()
    assert text.startswith("# Mantenimiento del estado")
    assert "OPSFLOWS_KESTRA_URL" in text


def test_an_attempt_that_goes_on_tells_the_same(old, maintain):
    first = maintain()
    db.execute(old, OLD.partition(";")[0].replace("kind || days", "kind || days || 'again'"))
    assert maintain()["rows"] == first["rows"]
    assert rows(old)["ops.claims"] > LEFT["ops.claims"]
    assert sum(maintain(execution="e2")["rows"].values()) > 0
    assert rows(old)["ops.claims"] == 2 * LEFT["ops.claims"]


@pytest.mark.parametrize("field", [name for name in state.Inputs.model_fields if name != "dry_run"])
def test_the_days_have_bounds(field):
    least = 90 if field == "effects_days" else 7
    assert getattr(state.Inputs(**{field: least}), field) == least
    for days in (least - 1, 1096):
        with pytest.raises(ValidationError):
            state.Inputs(**{field: days})


def test_another_run_is_refused_and_an_orphan_of_this_one_is_waited_for(dsn, maintain):
    with db.connect(dsn) as other, db.advisory_lock(other, state.LOCK):
        with pytest.raises(ConflictError) as refused:
            maintain()
        db.execute(other, "select pg_advisory_lock(hashtextextended(%s, 0))", (f"{state.LOCK}:e1",))
        with pytest.raises(UnavailableError) as waited:
            maintain()
    assert (refused.value.code, waited.value.code) == ("maintenance_running", "same_run")


def test_every_rule_names_a_table_and_columns_that_are_there(conn):
    for kind in ("etl", "state"):
        for rule in rules.every(kind):
            schema, table = rule.parts
            columns = db.fetch_all(conn, COLUMNS, (schema, table))
            assert {rule.time, *rule.only} <= {row["name"] for row in columns}, rule.table


def test_executions_go_in_each_state_in_which_they_are_counted():
    text = Path("flows/platform/state_maintenance.yaml").read_text(encoding="utf-8")
    states = re.findall(r"states: \[(.*)\]", text)
    assert [set(found.split(", ")) for found in states] == [set(kestra.ENDED)] * 2


def test_each_kind_of_a_rule_is_an_input():
    from etl.maintenance import run

    assert {rule.keep for rule in rules.every("etl")} <= {*run.Inputs().kept(), "longest"}
    assert {rule.keep for rule in rules.every("state")} <= set(state.Inputs().kept())
