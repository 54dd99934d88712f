"""A backup of what real receipts leave behind, taken while they are worked on; Kestra's own database is H2 here."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from backupkit import PG_BIN, ROOT

from kit import db
from tools.backup import create, drill, restore
from tools.backup.settings import Database, Login, Settings
from tools.stack.stack import Stack, start

pytestmark = [pytest.mark.slow, pytest.mark.engine]


@pytest.fixture
def stack() -> Iterator[Stack]:
    # Not under pytest's own folder, which a run beside this one closes to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="opsflows-stack-", ignore_cleanup_errors=True) as home:
        running = start(Path(home))
        yield running
        running.stop()


def settings_of(stack: Stack, home: Path) -> Settings:
    address = urlsplit(stack.postgres.dsn)
    login = Login(str(address.username), "PASSWORD")
    (home / "backups").mkdir()
    (home / "PASSWORD").write_text(str(address.password))
    return Settings(
        folder=home / "backups",
        storage=stack.home / "engine/storage",
        databases=(Database("opsflows", login),),
        host=str(address.hostname),
        port=str(address.port),
        admin=login,
        secrets=home,
        keep=2,
        pg_bin=PG_BIN,
    )


def states(stack: Stack) -> dict[str, int]:
    with db.connect(stack.postgres.dsn) as conn:
        found = db.fetch_all(conn, "select state, count(*) as n from tickets.messages group by state")
    return {row["state"]: row["n"] for row in found}


def wait_for(stack: Stack, reached: Callable[[dict[str, int]], bool]) -> None:
    ends = time.monotonic() + 240
    while not reached(states(stack)):
        assert time.monotonic() < ends, states(stack)
        time.sleep(0.05)


def test_work_that_was_under_way_is_finished_after_a_restore_and_doubles_no_row(stack: Stack, tmp_path: Path):
    chosen = settings_of(stack, tmp_path)
    for name in ("ticket_supermercado.jpg", "ticket_restaurante_torcido.jpg"):
        stack.providers.send_image(ROOT / "samples" / name)
    wait_for(stack, lambda found: sum(found.values()) == 2)
    create.create(chosen, print)
    wait_for(stack, lambda found: found.get("done") == 2)
    assert drill.drill(chosen, "latest", tmp_path).differences == []

    stack.engine.stop()
    rows = sorted(row[0] for row in stack.providers.rows())
    restore.restore(chosen, "latest", print, confirmed=True, drop_old_ones=True, only="opsflows")
    stack.restart_engine()
    assert finish(stack), "at least one was unfinished in the backup"
    wait_for(stack, lambda found: found.get("done") == 2)
    # Header and two receipts: a row is found by its id and written once more.
    assert sorted(row[0] for row in stack.providers.rows()) == rows
    assert len(rows) == 3
    assert all_pictures(stack) <= {file.name for file in chosen.storage.rglob("*") if file.is_file()}


def all_pictures(stack: Stack) -> set[str]:
    with db.connect(stack.postgres.dsn) as conn:
        found = db.fetch_all(conn, "select image_uri from tickets.tickets where image_uri is not null")
    assert found
    return {row["image_uri"].rsplit("/", 1)[1] for row in found}


def finish(stack: Stack) -> list[str]:
    """What the sweep does once the leases of the restored claims have ended."""
    with db.connect(stack.postgres.dsn) as conn:
        db.execute(conn, "update ops.claims set lease_until = now() where state = 'held'")
        found = db.fetch_all(conn, "select ticket_id from tickets.messages where state <> 'done'")
    target, flow = stack.target, "opsflows.tickets/whatsapp_ticket_process"
    for row in found:
        answer = requests.post(
            f"{stack.engine.url}/api/v1/main/executions/{flow}",
            files={"ticket_id": (None, row["ticket_id"])},
            auth=(target.username, target.password),
            timeout=30,
        )
        answer.raise_for_status()
    return [row["ticket_id"] for row in found]
