"""A backup and its way back: `python -m benchmarks.backup [--rows 1000000] [--files 2000]`.

Two databases share the rows (executions as Kestra keeps them, messages as ours); the storage has pictures of 100 kB.
"""

import argparse
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from kit import db
from local import postgres
from platform_tasks import migrate
from tools.backup import create, drill, restore, verify
from tools.backup.settings import Database, Login, Settings

T = TypeVar("T")
KESTRA = """
create table executions (key text primary key, value jsonb not null, start_date timestamptz not null, state text);
create index on executions (start_date);
insert into executions
select md5(n::text), jsonb_build_object('id', md5(n::text), 'flowId', 'whatsapp_ticket_process', 'state', 'SUCCESS',
    'taskRunList', jsonb_build_array(md5((n + 1)::text), md5((n + 2)::text), md5((n + 3)::text))),
    timestamptz '2026-01-01' + n * interval '1 second', 'SUCCESS'
from generate_series(1, {rows}) n;
"""
OURS = """
insert into tickets.messages
    (message_id, ticket_id, sender_id, phone_number_id, kind, media, sent_at, execution_id, state)
select 'wamid.' || md5(n::text), 'T-' || n, 'ES.' || n % 5000, '123', 'image', jsonb_build_object('id', md5(n::text)),
    timestamptz '2026-01-01' + n * interval '1 second', md5(n::text), 'done'
from generate_series(1, {rows}) n;
"""


def site(server: postgres.Server, home: Path) -> Settings:
    """Two databases and a storage, still empty; the server's own role owns all."""
    address = urlsplit(server.dsn)
    for part in ("backups", "storage", "secrets"):
        (home / part).mkdir()
    (home / "secrets/PASSWORD").write_text(str(address.password))
    login = Login(str(address.username), "PASSWORD")
    names = ("bench_kestra", "bench_opsflows")
    with db.connect(server.dsn) as admin:
        for name in names:
            db.execute(admin, f"create database {name}")
    return Settings(
        folder=home / "backups",
        storage=home / "storage",
        databases=tuple(Database(name, login) for name in names),
        host=str(address.hostname),
        port=str(address.port),
        admin=login,
        secrets=home / "secrets",
        keep=7,
        pg_bin=postgres._bin(),  # noqa: SLF001 the wheel's programs
    )


def fill(server: postgres.Server, settings: Settings, rows: int, files: int) -> None:
    """Half of the rows each, and the pictures."""
    kestra, ours = (server.dsn.removesuffix("/opsflows") + f"/{database.name}" for database in settings.databases)
    migrate.apply(ours)
    for dsn, statements in ((kestra, KESTRA), (ours, OURS)):
        with db.connect(dsn, statement_s=0) as conn:
            db.execute(conn, statements.format(rows=rows // 2))
    for number in range(files):
        path = settings.storage / f"main/opsflows/{number % 100}/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(100_000))


def timed(what: str, call: Callable[[], T]) -> T:
    """Call it and print how long it took."""
    begun = time.monotonic()
    result = call()
    print(f"{what:<10} {time.monotonic() - begun:8.1f} s")
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2_000)
    chosen = parser.parse_args()
    home, folder = Path(tempfile.mkdtemp()), tempfile.mkdtemp(prefix="opsflows-pg-")
    server = postgres.start(folder)
    try:
        settings = site(server, home)
        timed("fill", lambda: fill(server, settings, chosen.rows, chosen.files))
        measure(settings, home)
    finally:
        server.stop()
        for path in (home, Path(folder)):
            shutil.rmtree(path, ignore_errors=True)


def measure(settings: Settings, home: Path) -> None:
    """All four commands."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    path = timed("create", lambda: create.create(settings, print))
    problems = timed("verify", lambda: verify.problems(settings, path))
    report = timed("drill", lambda: drill.drill(settings, "latest", home))
    print(report.text())
    timed("restore", lambda: restore.restore(settings, "latest", print, confirmed=True, drop_old_ones=True))
    if problems or report.differences:
        raise SystemExit("The backup is not good.")


if __name__ == "__main__":
    main()
