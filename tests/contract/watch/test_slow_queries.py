"""slow_queries: what cost most, with a plan that nobody's values are in, and nothing carried out for it."""

import pytest

from kit import db, task
from kit.errors import ConfigurationError
from platform_tasks.watch import slow, slow_queries

# The columns of the extension's view that are read; the embedded server does not bring the extension.
VIEW = """
create table public.pg_stat_statements (
    userid oid, dbid oid, queryid bigint, query text, calls bigint, total_exec_time float8, mean_exec_time float8,
    max_exec_time float8, rows bigint, shared_blks_hit bigint, shared_blks_read bigint, wal_bytes numeric
)
"""
PUT = """
insert into public.pg_stat_statements
select (select oid from pg_roles where rolname = current_user), oid, %s, %s, 10, %s, %s, %s, 100, 90, 10, 0
from pg_database where datname = current_database()
"""
STATEMENTS = [
    (1, "select * from ops.claims where key = $1", 900.0, 90.0),
    (2, "delete from ops.counters where day < $1", 10.0, 1.0),
    (3, "COMMIT", 99_999.0, 1.0),
    (4, "select nothing from nowhere where mail = 'ana.ruiz@example.com'", 50.0, 500.0),
    (5, "select 1; drop table ops.claims", 40.0, 4.0),
]


@pytest.fixture
def counted(conn):
    if db.fetch_one(conn, "select 1 from pg_extension where extname = 'pg_stat_statements'"):
        pytest.skip("this server counts for itself")
    db.execute(conn, VIEW)
    for number, query, total, mean in STATEMENTS:
        db.execute(conn, PUT, (number, query, total, mean, mean * 2))
    yield conn
    db.execute(conn, "drop table public.pg_stat_statements")


def test_the_costliest_with_their_plans(counted):
    db.execute(counted, "insert into ops.counters values ('kept', '2020-01-01', 1)")
    found = {row["query_id"]: row for row in slow.take(counted, 20)}
    assert list(found) == [1, 4, 5, 2]
    assert "claims" in found[1]["plan"]
    assert "Delete on counters" in found[2]["plan"]
    assert (found[4]["plan"], found[5]["plan"]) == (None, None)
    assert "ana.ruiz@example.com" not in found[4]["query"]
    assert found[1]["hit_ratio"] == 0.9
    assert db.fetch_one(counted, "select value from ops.counters") == {"value": 1}
    assert len(db.fetch_all(counted, "select 1 from ops.slow_queries")) == 4


def test_a_second_run_of_the_day_replaces_the_first(counted):
    slow.take(counted, 20)
    db.execute(counted, "update public.pg_stat_statements set calls = 77")
    slow.take(counted, 20)
    assert db.fetch_all(counted, "select distinct calls from ops.slow_queries") == [{"calls": 77}]


def test_few_are_those_of_most_time_and_of_greatest_mean(counted):
    assert [row["query_id"] for row in slow.take(counted, 1)] == [1, 4]


@pytest.mark.usefixtures("counted")
def test_the_report(dsn, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(tmp_path)
    outputs = slow_queries.run(slow_queries.Inputs(), task.Context())
    assert (outputs["statements"], outputs["slowest_ms"]) == (4, 500.0)
    text = (tmp_path / "slow_queries.md").read_text()
    assert "| 0.9 | 90.0 | 10 | 100 | 90% | `select * from ops.claims where key = $1` |" in text
    assert "ana.ruiz" not in text + (tmp_path / "slow_queries.json").read_text()


def test_where_nothing_is_counted_it_says_so(conn):
    if db.fetch_one(conn, "select 1 from pg_extension where extname = 'pg_stat_statements'"):
        pytest.skip("this server counts for itself")
    with pytest.raises(ConfigurationError) as refused:
        slow.take(conn, 20)
    assert refused.value.code == "statements_uncounted"
