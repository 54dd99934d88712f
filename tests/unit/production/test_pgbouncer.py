"""PgBouncer as docker-compose.yml starts it, before a real Postgres: what is safe by it, and what must go around it."""

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import imagekit
import pytest

from kit import claims, db
from local import ports
from platform_tasks.watch import runs, store
from tests.kit_support import dsn, migrated
from tests.waiting import wait_for
from tests.watch_support import NOON, execution

__all__ = ["dsn", "migrated"]

START = imagekit.ROOT / "deploy/docker/pgbouncer/start.sh"
PATH = f"{os.environ['PATH']}:/usr/sbin"
needs_pgbouncer = pytest.mark.skipif(not shutil.which("pgbouncer", path=PATH), reason="apt-get install pgbouncer")


@pytest.fixture
def pooled(dsn):
    """A DSN that leads through PgBouncer to the test's database."""
    address, port = urlsplit(dsn), ports.free()
    # Not under pytest's own folder: that one is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="opsflows-pgbouncer-"))
    (folder / "OPSFLOWS_DB_PASSWORD").write_text(f"{address.password}\n")
    (folder / "start.sh").write_text(START.read_text())
    (folder / "pgbouncer.ini").write_text((START.parent / "pgbouncer.ini").read_text())
    environment = {
        "PATH": PATH,
        "SECRETS_DIR": str(folder),
        "PGBOUNCER_RUN": str(folder / "run"),
        "PG_HOST": str(address.hostname),
        "PG_PORT": str(address.port),
        "PG_DATABASE": address.path.lstrip("/"),
        "LISTEN_ADDR": "127.0.0.1",
        "LISTEN_PORT": str(port),
    }
    user = None
    if os.geteuid() == 0:  # it refuses to run as root, as Postgres does
        user = "pgserver"
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
    log = (folder / "log").open("w")
    running = subprocess.Popen(["sh", folder / "start.sh"], env=environment, stdout=log, stderr=log, user=user)
    netloc = f"{address.username}:{address.password}@127.0.0.1:{port}"
    found = urlunsplit(("postgresql", netloc, "/opsflows", "", ""))

    def answers() -> bool:
        assert running.poll() is None, (folder / "log").read_text()
        try:
            db.connect(found, connect_s=2).close()
        except db.OpsflowsError:
            return False
        return True

    wait_for(answers, "PgBouncer to answer")
    yield found
    running.terminate()
    running.wait(30)
    log.close()
    shutil.rmtree(folder, ignore_errors=True)


@needs_pgbouncer
def test_transactions_of_many_clients_share_few_connections(pooled, dsn):
    made = 60
    done = []

    def work(number: int) -> None:
        with db.connect(pooled, connect_s=30) as conn:
            store.put(conn, [runs.read(execution(f"e{number}"))], "pooled", NOON)
            done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == made
    with db.connect(dsn) as conn:
        assert db.fetch_one(conn, "select count(*) as n from ops.flow_runs") == {"n": made}
        others = "where datname = current_database() and pid <> pg_backend_pid()"
        found = db.fetch_one(conn, f"select count(*) as n from pg_stat_activity {others}")  # noqa: S608 - a literal
        assert found
        assert found["n"] <= 25


@needs_pgbouncer
def test_a_claim_is_won_once_whoever_asks(pooled):
    won, barrier = [], threading.Barrier(12)

    def ask(number: int) -> None:
        with db.connect(pooled, connect_s=30) as conn:
            barrier.wait(30)
            won.append(claims.claim(conn, "pooled:1", f"holder-{number}", 60).state)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == ["held"] * 11 + ["won"]


@needs_pgbouncer
def test_locks_of_a_transaction_hold(pooled, dsn):
    with db.connect(pooled) as ours, db.connect(dsn) as other, db.transaction(ours):
        db.lock_until_commit(ours, "pooled")
        asked = "select pg_try_advisory_lock(hashtextextended('pooled', 0)) as mine"
        assert db.fetch_one(other, asked) == {"mine": False}


@needs_pgbouncer
def test_a_lock_of_a_session_stays_behind_with_the_connection(pooled, dsn):
    """Why flows with such locks must go around it: the client is gone, and its lock is not."""
    with db.connect(pooled) as ours:
        db.execute(ours, "select pg_advisory_lock(hashtextextended('left', 0))")
    with db.connect(dsn) as other:
        asked = "select pg_try_advisory_lock(hashtextextended('left', 0)) as mine"
        assert db.fetch_one(other, asked) == {"mine": False}


@needs_pgbouncer
def test_what_a_client_asks_for_at_the_start_is_ignored(pooled):
    """Time-outs and zone are those of the role by this way, so kit.db's own do not count."""
    with db.connect(pooled, statement_s=7) as conn:
        assert db.fetch_one(conn, "show statement_timeout") != {"statement_timeout": "7s"}


def test_what_the_container_runs_is_what_is_tried_here():
    service = imagekit.compose()["services"]["pgbouncer"]
    assert service["entrypoint"] == ["/bin/sh", "/opt/pgbouncer/start.sh"]
    assert service["profiles"] == ["pooler"]
    assert service["networks"] == ["data"]
    assert "./deploy/docker/pgbouncer:/opt/pgbouncer:ro" in service["volumes"]
    assert service["secrets"] == ["OPSFLOWS_DB_PASSWORD"]
