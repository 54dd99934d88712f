"""The embedded PostgreSQL survives what happens on a developer's machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from kit import db
from kit.errors import AuthenticationError, OpsflowsError
from local import ports, postgres

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(monkeypatch):
    monkeypatch.delenv("OPSFLOWS_PG_DSN", raising=False)
    base = Path(tempfile.mkdtemp(prefix="opsflows-pg-"))
    folder = base / "data dir's ñ" / ("long" * 30)
    yield folder
    postgres.stop(folder)
    shutil.rmtree(base, ignore_errors=True)


def start_elsewhere(home: Path, *, killed: bool) -> str:
    """Start the server from another process, which then ends or is killed."""
    end = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)" if killed else ""
    program = f"import sys; from local import postgres; print(postgres.start(sys.argv[1]).dsn, flush=True); {end}"
    return subprocess.run(
        [sys.executable, "-c", program, str(home)],
        env={"PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT}", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    ).stdout.strip()


def port_of(server: postgres.Server) -> int:
    return int(server.dsn.rsplit(":", 1)[1].split("/")[0])


def values(dsn: str) -> list[int]:
    with db.connect(dsn) as conn:
        return [row["n"] for row in db.fetch_all(conn, "select n from t order by n")]


def test_every_acknowledged_row_survives_a_kill_of_the_server_under_load(home):
    server = postgres.start(home)
    with db.connect(server.dsn) as conn:
        db.execute(conn, "create table t (n int primary key)")
    acknowledged: list[int] = []

    def load(first: int) -> None:
        try:
            with db.connect(server.dsn) as conn:
                for n in range(first, first + 100_000):
                    db.execute(conn, "insert into t values (%s)", (n,))
                    acknowledged.append(n)
        except OpsflowsError:
            return

    for round_ in range(3):
        threads = [threading.Thread(target=load, args=((round_ * 4 + n) * 100_000,)) for n in range(4)]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 200:
            threads[0].join(0.01)
        server.kill()
        server = postgres.start(home)
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
        assert set(acknowledged) <= set(values(server.dsn))


@pytest.mark.parametrize("killed", [False, True], ids=["starter ends", "starter is killed"])
def test_the_server_outlives_its_starter_and_is_found_again(home, killed):
    """In a path with spaces, a quote, an accent, and longer than a unix socket's may be."""
    dsn = start_elsewhere(home, killed=killed)
    with db.connect(dsn) as conn:
        db.execute(conn, "create table t (n int)")
    found = postgres.start(home)
    assert (found.dsn, values(found.dsn)) == (dsn, [])


def test_a_restart_keeps_the_address_and_the_data(home):
    server = postgres.start(home)
    with db.connect(server.dsn) as conn:
        db.execute(conn, "create table t as select 7 as n")
    server.stop()
    with pytest.raises(OpsflowsError):
        db.connect(server.dsn)
    again = postgres.start(home)
    assert (again.dsn, values(again.dsn)) == (server.dsn, [7])


def test_the_port_of_a_killed_server_is_waited_for(home, monkeypatch):
    """A dying process keeps its sockets for a moment; whoever holds the DSN must find the server there again."""
    server = postgres.start(home)
    server.stop()
    dying = socket.socket()
    dying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    dying.bind(("127.0.0.1", port_of(server)))
    dying.listen()
    died = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _seconds: dying.close())
    monkeypatch.setattr(ports, "time", died)
    assert postgres.start(home).dsn == server.dsn


def test_a_port_that_was_taken_meanwhile_is_replaced(home):
    server = postgres.start(home)
    server.stop()
    other = home.parent / "other"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_port", lambda _: port_of(server))
        thief = postgres.start(other)
    try:
        moved = postgres.start(home)
        assert moved.dsn != server.dsn
        assert thief.pid != moved.pid
    finally:
        postgres.stop(other)


def test_an_initdb_that_was_cut_off_is_begun_again(home):
    (home / "draft").mkdir(parents=True)
    (home / "draft" / "PG_VERSION").write_text("18\n")
    (home / "password").write_text("old")
    assert postgres.start(home).pid


@pytest.mark.parametrize("pid", ["own", "gone", "nonsense"])
def test_a_stale_pid_file_does_not_hinder_the_start(home, pid):
    """The pid of a killed server may belong to another process by now; here to this one."""
    server = postgres.start(home)
    server.stop()
    content = {"own": f"{os.getpid()}\n{home}/data\n", "gone": "999999\n", "nonsense": "?"}[pid]
    (home / "data" / "postmaster.pid").write_text(content)
    assert postgres.start(home).pid not in (None, os.getpid())


def test_many_starters_at_once_get_the_same_server(home):
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: start_elsewhere(home, killed=False), range(4)))) == 1


def test_it_listens_on_loopback_only_and_wants_its_password(home):
    server = postgres.start(home)
    with db.connect(server.dsn) as conn:
        assert db.fetch_one(conn, "show listen_addresses") == {"listen_addresses": "127.0.0.1"}
        assert db.fetch_one(conn, "show fsync") == {"fsync": "on"}
        assert db.fetch_one(conn, "select count(*) as n from pg_hba_file_rules where auth_method = 'trust'") == {"n": 0}
    user, _, rest = server.dsn.rpartition("@")
    with pytest.raises(AuthenticationError):
        db.connect(f"{user}x@{rest}")
    assert (home / "server.json").stat().st_mode & 0o077 == 0


def test_a_server_of_your_own_is_used_instead_and_left_alone(home, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "postgresql://me@elsewhere/db")
    server = postgres.start(home)
    server.stop()
    server.kill()
    assert (server.dsn, server.pid, home.exists()) == ("postgresql://me@elsewhere/db", None, False)


def test_programs_that_were_installed_for_root_only_can_be_run_by_the_server(tmp_path):
    program, note = tmp_path / "install" / "bin" / "postgres", tmp_path / "install" / "share" / "note"
    for path, mode in ((program, 0o700), (note, 0o600)):
        path.parent.mkdir(parents=True)
        path.touch()
        path.chmod(mode)
        path.parent.chmod(0o700)
    (tmp_path / "install").chmod(0o700)
    postgres._let_read(tmp_path / "install")
    modes = [path.stat().st_mode & 0o777 for path in (program, note, program.parent, tmp_path / "install")]
    assert modes == [0o705, 0o604, 0o705, 0o705]


def test_stopping_what_does_not_run_is_harmless(home):
    postgres.stop(home)
    postgres.start(home).stop()
    postgres.stop(home)
