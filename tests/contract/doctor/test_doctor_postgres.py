"""Postgres: a real one, with what can be wrong in it made wrong."""

import time

import psycopg2
import pytest

from kit import db
from platform_tasks import migrate
from tools.doctor import registry, run, surroundings
from tools.doctor.checks import postgres
from tools.doctor.model import State


@pytest.fixture
def look(monkeypatch, tmp_path):
    def by_name(dsn, deadline_s=6.0):
        monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
        where = surroundings.enter(folder=tmp_path)
        where = surroundings.Surroundings(where.settings, deadline_s=deadline_s)
        [report] = run.examine(registry.load(["postgres"]), where)
        return {found.name: found for found in report.findings}

    return by_name


def other(dsn, **changes):
    return psycopg2.extensions.make_dsn(dsn, **changes)


def test_a_migrated_database(look, dsn):
    assert {found.state for found in look(dsn).values()} == {State.OK}


def test_an_empty_database(look, bare_dsn):
    found = look(bare_dsn)["migrations"]
    assert found.state is State.WRONG
    assert "no migration" in found.text


def test_migrations_that_are_missing_edited_or_newer(look, bare_dsn):
    migrate.apply(bare_dsn)
    with db.connect(bare_dsn) as conn:
        db.execute(conn, "update ops.schema_migrations set sha256 = repeat('0', 64) where version = 1")
        assert "Edited" in look(bare_dsn)["migrations"].text
        db.execute(conn, "delete from ops.schema_migrations where version = 1")
        assert look(bare_dsn)["migrations"].text.startswith("Not applied: 0001")


def test_a_newer_schema_is_no_defect(look, bare_dsn):
    migrate.apply(bare_dsn)
    with db.connect(bare_dsn) as conn:
        params = {"version": 9999, "name": "9999_later.sql", "sha256": "0" * 64}
        db.execute(conn, db.own_sql("migrations_record"), params)
    assert look(bare_dsn)["migrations"].state is State.ATTENTION


def test_a_user_without_rights(look, bare_dsn):
    migrate.apply(bare_dsn)
    with db.connect(bare_dsn) as conn:
        db.execute(conn, "create role doctor_reader login password 'r'")
        try:
            db.execute(conn, "grant usage on schema ops to doctor_reader")
            db.execute(conn, "grant select on ops.schema_migrations to doctor_reader")
            found = look(other(bare_dsn, user="doctor_reader", password="r"))
            assert found["rights"].state is State.WRONG
            assert "leads.leads" in found["rights"].text
        finally:
            db.execute(conn, "drop owned by doctor_reader")
            db.execute(conn, "drop role doctor_reader")


def test_a_user_that_may_read_nothing(look, bare_dsn):
    migrate.apply(bare_dsn)
    with db.connect(bare_dsn) as conn:
        db.execute(conn, "create role doctor_nobody login password 'r'")
        try:
            found = look(other(bare_dsn, user="doctor_nobody", password="r"))
            assert found["permission"].docs == "setup/postgres.md#rights"
        finally:
            db.execute(conn, "drop role doctor_nobody")


def test_a_wrong_password(look, dsn):
    assert look(other(dsn, password="wrong"))["credential"].docs == "setup/postgres.md#password-refused"


def test_an_unknown_database(look, dsn):
    assert look(other(dsn, dbname="nowhere"))["setting"].docs == "setup/postgres.md#database"


def test_an_unknown_host(look, dsn):
    assert look(other(dsn, host="postgres.invalid"))["name_unknown"].docs == "setup/postgres.md#name-unknown"


def test_nothing_listens(look, dsn):
    assert look(other(dsn, port=9))["no_connection"].docs == "setup/postgres.md#no-answer"


def test_a_server_without_tls(look, dsn):
    assert look(other(dsn, sslmode="require"))["certificate"].docs == "setup/postgres.md#encryption"


def test_no_dsn(look):
    assert look("")["dsn"].state is State.ABSENT


def test_a_server_that_takes_no_writes(look, bare_dsn):
    migrate.apply(bare_dsn)
    name = psycopg2.extensions.parse_dsn(bare_dsn)["dbname"]
    with db.connect(bare_dsn) as conn:
        db.execute(conn, f'alter database "{name}" set default_transaction_read_only = on')
    assert look(bare_dsn)["read_only"].state is State.WRONG


@pytest.mark.parametrize(("offset", "findings"), [(0, 0), (-400, 1), (400, 1)])
def test_the_difference_of_the_clocks(offset, findings):
    now = time.time()
    assert len(list(postgres._clock({"clock": now + offset}, now - 0.1, now + 0.1))) == findings


@pytest.mark.parametrize(("number", "state"), [(140_011, State.WRONG), (150_000, State.OK)])
def test_the_version(number, state):
    about = {"number": number, "version": "x", "database": "d", "user": "u"}
    assert postgres._version(about).state is state
