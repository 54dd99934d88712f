"""Migrations: in order, once, all or nothing each, and never edited afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit import db
from kit.errors import ConfigurationError, OpsflowsError
from platform_tasks import migrate

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_one.sql").write_text("create table one (n int); insert into one values (1);")
    (tmp_path / "0002_two.sql").write_text("create table two (n int);")
    return tmp_path


def rows(dsn: str, statement: str) -> list[dict]:
    with db.connect(dsn) as conn:
        return db.fetch_all(conn, statement)


def test_what_is_missing_is_applied_in_order_and_a_second_run_does_nothing(bare_dsn, folder):
    assert migrate.apply(bare_dsn, folder) == migrate.Report(["0001_one.sql", "0002_two.sql"], 2)
    assert migrate.apply(bare_dsn, folder) == migrate.Report([], 2)
    (folder / "0010_ten.sql").write_text("insert into two values (10);")
    assert migrate.apply(bare_dsn, folder) == migrate.Report(["0010_ten.sql"], 10)
    assert rows(bare_dsn, "select n from one union all select n from two") == [{"n": 1}, {"n": 10}]


def test_an_edited_old_migration_is_refused_before_anything_runs(bare_dsn, folder):
    migrate.apply(bare_dsn, folder)
    (folder / "0001_one.sql").write_text("create table one (n bigint);")
    (folder / "0003_three.sql").write_text("create table three (n int);")
    with pytest.raises(ConfigurationError) as raised:
        migrate.apply(bare_dsn, folder)
    assert raised.value.code == "migration_edited"
    assert rows(bare_dsn, "select 1 from pg_tables where tablename = 'three'") == []


def test_a_failing_migration_leaves_nothing_of_itself_and_the_ones_before_stay(bare_dsn, folder):
    (folder / "0002_two.sql").write_text("create table two (n int); select 1/0;")
    with pytest.raises(OpsflowsError):
        migrate.apply(bare_dsn, folder)
    assert rows(bare_dsn, "select version from ops.schema_migrations") == [{"version": 1}]
    assert rows(bare_dsn, "select 1 from pg_tables where tablename = 'two'") == []
    (folder / "0002_two.sql").write_text("create table two (n int);")
    assert migrate.apply(bare_dsn, folder).applied == ["0002_two.sql"]


def test_a_migration_that_comes_late_is_refused(bare_dsn, folder):
    migrate.apply(bare_dsn, folder)
    (folder / "0001_one.sql").rename(folder / "0000_zero.sql")
    with pytest.raises(ConfigurationError) as raised:
        migrate.apply(bare_dsn, folder)
    assert raised.value.code == "migration_out_of_order"


def test_an_older_release_leaves_the_newer_schema_alone(bare_dsn, folder):
    migrate.apply(bare_dsn, folder)
    (folder / "0002_two.sql").unlink()
    assert migrate.apply(bare_dsn, folder) == migrate.Report([], 2)


@pytest.mark.parametrize("name", ["1_short.sql", "0003-dash.sql", "0003_Upper.sql", "0001_again.sql", "notes.sql"])
def test_a_misnamed_file_is_refused(folder, name):
    (folder / name).write_text("select 1;")
    with pytest.raises(ConfigurationError, match="NNNN_name"):
        migrate.read(folder)


def test_eight_at_once_apply_each_migration_once(bare_dsn, folder):
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: migrate.apply(bare_dsn, folder), range(8)))
    assert sorted(len(report.applied) for report in reports) == [0] * 7 + [2]
    assert rows(bare_dsn, "select n from one") == [{"n": 1}]


def test_every_migration_of_the_release_can_run_twice(migrated):
    """Idempotent, as promised: each file alone, on a database that has it already."""
    with db.connect(migrated) as conn:
        for migration in migrate.read(ROOT / "namespace_files" / "sql" / "migrations"):
            with db.transaction(conn):
                db.execute(conn, migration.sql)


def test_the_task_reports_what_it_did(bare_dsn):
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT / "scripts"), "OPSFLOWS_PG_DSN": bare_dsn}
    command = [sys.executable, "-m", "platform_tasks.migrate"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    outputs = json.loads(done.stdout.splitlines()[-1][2:-2])["outputs"]
    assert (outputs["outcome"]["code"], outputs["applied"][0]) == ("ok", "0001_ops.sql")
    assert outputs["applied"][-1].startswith(f"{outputs['version']:04d}_")


def test_without_a_database_the_task_fails_and_says_why():
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT / "scripts"), "OPSFLOWS_PG_DSN": "postgresql://x@127.0.0.1:1/x"}
    done = subprocess.run(
        [sys.executable, "-m", "platform_tasks.migrate"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert '"code": "connect"' in done.stdout
