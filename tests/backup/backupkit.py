"""A site to back up: two databases as Kestra and opsflows have them, a storage, secrets, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from kit import db
from local import postgres
from platform_tasks import migrate
from tools.backup.settings import Database, Login, Settings

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PG_BIN = postgres._bin()
# Kestra's kind of tables: an enumeration, JSON with columns generated from it, a queue with a sequence.
KESTRA = """
create type state_type as enum ('CREATED', 'RUNNING', 'SUCCESS');
create table executions (
    key varchar(250) primary key, value jsonb not null,
    state state_type generated always as (
        case value->>'state' when 'RUNNING' then 'RUNNING'::state_type else 'SUCCESS'::state_type end) stored,
    fulltext tsvector generated always as (to_tsvector('simple', value->>'flowId')) stored);
create index executions_fulltext on executions using gin (fulltext);
create table queues ("offset" serial primary key, value jsonb not null, payload bytea);
create table flyway_schema_history (installed_rank integer primary key, version text);
insert into flyway_schema_history values (1, '1.1'), (2, '1.20');
insert into executions (key, value)
select 'exec' || n, jsonb_build_object('flowId', 'año ñandú ' || n, 'state', 'RUNNING', 'text', '日本 "''\\' || chr(10))
from generate_series(1, 200) n;
insert into queues (value, payload) select '{}', decode('00ff27225c0a', 'hex') from generate_series(1, 7);
"""
OURS = """
create table "Odd ""name" ("a b" text, at timestamptz, amount numeric(14, 2), ratio double precision, span interval);
insert into "Odd ""name" values
    ('línea 1' || chr(10) || 'tab' || chr(9) || '€', '2026-11-21 10:00:00.123456+02', 1234567.89, 0.1, '1 mon 2 days'),
    (null, 'infinity', -0.01, 'NaN', null);
create table "t" (t integer);
insert into t values (1), (1), (null);
create materialized view totals as select count(*) as rows from t;
"""


@dataclass
class Site:
    """One site; `folder` holds backups/, storage/ and secrets/."""

    server: postgres.Server
    folder: Path
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def names(self) -> tuple[str, str]:
        return f"kestra_{self.tag}", f"opsflows_{self.tag}"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def storage(self) -> Path:
        return self.folder / "storage"

    @property
    def settings(self) -> Settings:
        address = urlsplit(self.server.dsn)
        return Settings(
            folder=self.backups,
            storage=self.storage,
            databases=tuple(Database(name, Login(f"role_{name}", f"{name.upper()}_PASSWORD")) for name in self.names),
            host=str(address.hostname),
            port=str(address.port),
            admin=Login(str(address.username), "POSTGRES_PASSWORD"),
            secrets=self.folder / "secrets",
            keep=7,
            pg_bin=PG_BIN,
        )

    def dsn(self, name: str) -> str:
        """As its owner."""
        password = quote((self.folder / "secrets" / f"{name.upper()}_PASSWORD").read_text(), safe="")
        return f"postgresql://role_{name}:{password}@{self.settings.host}:{self.settings.port}/{name}"

    def build(self) -> None:
        for part in ("backups", "storage", "secrets"):
            (self.folder / part).mkdir()
        (self.folder / "secrets/POSTGRES_PASSWORD").write_text(str(urlsplit(self.server.dsn).password) + "\n")
        with db.connect(self.server.dsn) as admin:
            for name in self.names:
                password = f"pä ss'\"{uuid.uuid4().hex}"
                (self.folder / "secrets" / f"{name.upper()}_PASSWORD").write_text(password)
                db.execute(admin, f"create role role_{name} login password %s", [password])
        self.make_databases()

    def make_databases(self) -> None:
        """Empty databases, as the server's first start makes them."""
        with db.connect(self.server.dsn) as admin:
            for name in self.names:
                db.execute(admin, f"create database {name} owner role_{name}")
                db.execute(admin, f"revoke connect, temporary on database {name} from public")

    def fill(self) -> None:
        kestra, ours = self.names
        self.sql(kestra, KESTRA)
        migrate.apply(self.dsn(ours))
        self.sql(ours, OURS)
        for path, content in FILES.items():
            file = self.storage / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (self.storage / "main/empty folder").mkdir()

    def sql(self, name: str, statement: str) -> None:
        with db.connect(self.dsn(name)) as conn:
            db.execute(conn, statement)

    def drop_databases(self) -> None:
        with db.connect(self.server.dsn) as admin:
            for row in db.fetch_all(admin, "select datname from pg_database where datname like %s", [f"%{self.tag}%"]):
                db.execute(admin, f'drop database "{row["datname"]}" with (force)')

    def remove(self) -> None:
        self.drop_databases()
        with db.connect(self.server.dsn) as admin:
            for name in self.names:
                db.execute(admin, f"drop role role_{name}")

    def databases(self) -> list[str]:
        """All databases of this site, the left-over ones too."""
        with db.connect(self.server.dsn) as admin:
            found = db.fetch_all(admin, "select datname from pg_database where datname like %s", [f"%{self.tag}%"])
        return sorted(row["datname"] for row in found)

    def everything(self) -> dict[str, Any]:
        """All rows, owners, next values and files, read without the code under test."""
        return {name: self._contents(name) for name in self.names} | {"storage": tree(self.storage)}

    def _contents(self, name: str) -> dict[str, Any]:
        with db.connect(self.dsn(name)) as conn:
            tables = db.fetch_all(conn, _RELATIONS)
            rows = {t["name"]: db.fetch_all(conn, _ROWS.format(t["name"])) for t in tables}
            sequences = db.fetch_all(conn, "select sequencename, last_value from pg_sequences order by 1")
            grants = db.fetch_one(
                conn, "select datacl::text, datdba::regrole::text from pg_database where datname = %s", [name]
            )
        return {"rows": rows, "owners": tables, "sequences": sequences, "grants": grants}

    def arguments(self, *arguments: str) -> list[str]:
        chosen = self.settings
        databases = ",".join(f"{d.name}:{d.owner.user}:{d.owner.secret}" for d in chosen.databases)
        flags = {"folder": chosen.folder, "storage": chosen.storage, "databases": databases, "host": chosen.host}
        flags |= {"port": chosen.port, "admin": f"{chosen.admin.user}:{chosen.admin.secret}"}
        flags |= {"secrets": chosen.secrets, "pg-bin": PG_BIN}
        given = [f"--{name}={value}" for name, value in flags.items()]
        return [sys.executable, "-m", "tools.backup", *given, *arguments]

    def run(self, *arguments: str, before: Callable[[], None] | None = None, **env: str) -> Run:
        ran = subprocess.run(
            self.arguments(*arguments),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            preexec_fn=before,
            env=os.environ | {"PYTHONPATH": "."} | env,
        )
        return Run(ran.returncode, ran.stdout, ran.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The same without waiting for its end."""
        return subprocess.Popen(
            self.arguments(*arguments),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": "."},
            start_new_session=True,
        )

    def create(self) -> Path:
        """A backup that is there."""
        ran = self.run("create")
        assert ran.code == 0, ran.err
        return self.latest

    @property
    def latest(self) -> Path:
        return max(path for path in self.backups.iterdir() if not path.name.startswith("."))

    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.latest / "manifest.json").read_text()))


@dataclass
class Run:
    code: int
    out: str
    err: str


_RELATIONS = """
select format('%I.%I', n.nspname, c.relname) as name, pg_get_userbyid(c.relowner) as owner
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1
"""
_ROWS = "select x::text from {} x order by 1"
FILES = {
    "main/opsflows/tickets/executions/1/image.jpg": bytes(range(256)) * 500,
    "main/opsflows/tickets/ñandú 日本 \n line.txt": "añil\r\n".encode(),
    "main/opsflows/_files/empty": b"",
    "main/.hidden": b"x",
}


def tree(root: Path) -> dict[str, bytes | None]:
    """Files with their bytes, folders with None; what a restore put aside is not part of it."""
    paths = [path for path in root.rglob("*") if not str(path.relative_to(root)).startswith(".before-")]
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in paths}


def end(process: subprocess.Popen[str], how: signal.Signals) -> int:
    """End a command and all its children, as the end of its container would."""
    os.killpg(process.pid, how)
    process.communicate(timeout=60)
    return int(process.returncode)
