"""Real parts for the toolkit's tests: a migrated database for each test, and an HTTP server that fails.

Fixtures are imported by the conftest.py of the folders that use them.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import struct
import tempfile
import threading
import uuid
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit, urlunsplit

import pytest
import stamina

from kit import db
from local import postgres
from platform_tasks import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def pg_server() -> Iterator[postgres.Server]:
    """One server for the run."""
    # Not under pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    folder = tempfile.mkdtemp(prefix="opsflows-pg-")
    server = postgres.start(folder)
    with db.connect(server.dsn) as admin:
        # What tests write survives the end of any process; it need not survive that of the machine.
        db.execute(admin, "alter system set fsync = off")
        db.execute(admin, "select pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(pg_server: postgres.Server) -> Iterator[str]:
    with _database(pg_server) as dsn:
        migrate.apply(dsn)
        yield dsn


@pytest.fixture
def dsn(migrated: str) -> str:
    """A database with the schema of this checkout and no rows."""
    with db.connect(migrated) as connection:
        db.execute(connection, _EMPTY)
    return migrated


@pytest.fixture
def bare_dsn(pg_server: postgres.Server) -> Iterator[str]:
    """A new database without any schema."""
    with _database(pg_server) as dsn:
        yield dsn


@pytest.fixture
def conn(dsn: str) -> Iterator[db.Connection]:
    with db.connect(dsn) as connection:
        yield connection


@pytest.fixture
def no_waits() -> Iterator[None]:
    """Retries come at once."""
    with stamina.set_testing(testing=True, attempts=10, cap=True):
        yield


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """An HTTP server on loopback that answers as scripted; allowed as the local sandbox is."""
    with FaultServer() as running:
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", running.netloc)
        yield running


# Most tests write into few tables, and TRUNCATE of all takes thirty times as long as a look at each.
_EMPTY = """
do $$ declare found record; filled boolean; tables text[] := '{}'; begin
    for found in
        select format('%I.%I', schemaname, tablename) as name
        from pg_tables where schemaname in ('ops', 'tickets', 'leads') and tablename <> 'schema_migrations'
    loop
        execute 'select exists (select from ' || found.name || ')' into filled;
        if filled then tables := tables || found.name; end if;
    end loop;
    if tables <> '{}' then
        execute 'truncate ' || array_to_string(tables, ', ') || ' cascade';
    end if;
    for found in
        select format('%I.%I', schemaname, sequencename) as name
        from pg_sequences where schemaname in ('ops', 'tickets', 'leads') and last_value is not null
    loop
        execute 'alter sequence ' || found.name || ' restart';
    end loop;
end $$
"""


@contextmanager
def _database(server: postgres.Server) -> Iterator[str]:
    name = f"kit_{uuid.uuid4().hex}"
    with db.connect(server.dsn) as admin:
        db.execute(admin, f"create database {name}")
        yield urlunsplit(urlsplit(server.dsn)._replace(path=f"/{name}"))
        db.execute(admin, f"drop database {name} with (force)")


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FaultServer:
    """Speaks just enough HTTP to break it. Each request takes the next behaviour of `script`; the last one stays."""

    script: deque[Callable[[socket.socket], None]] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.netloc = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.netloc}"
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_listening()

    def stop_listening(self) -> None:
        """Refuse connections from now on; closing alone would leave the accepting thread its own hold."""
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def answers(self, *behaviours: Callable[[socket.socket], None]) -> None:
        self.script = deque(behaviours)

    def _accept(self) -> None:
        while not self.closing.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            reader = connection.makefile("rb")
            while line := reader.readline().decode().strip():
                headers = {}
                while header := reader.readline().decode().strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", 0)))
                self.requests.append(Request(line, headers, body))
                behaviour = self.script.popleft() if len(self.script) > 1 else self.script[0]
                behaviour(connection)


def reply(
    status: int = 200, body: bytes = b"{}", content_type: str = "application/json", **headers: str
) -> Callable[[socket.socket], None]:
    """A complete answer; header names are written with underscores."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def reset(connection: socket.socket) -> None:
    """Close with RST, as a crashed peer does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # detach: close() alone waits for the reader that shares the descriptor
    os.close(connection.detach())


def cut_off(connection: socket.socket) -> None:
    """Promise 1,000 bytes, send ten, and hang up."""
    connection.sendall(b'HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a": [1, ')
    connection.shutdown(socket.SHUT_RDWR)


def drip(where: str, *, every_s: float = 0.02) -> Callable[[socket.socket], None]:
    """Send one byte at a time, never late by a socket's own time-out, in the `head` or in the `body`."""
    head = b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n"

    def behave(connection: socket.socket) -> None:
        stream: Iterator[bytes] = itertools.repeat(b"a")
        if where == "body":
            connection.sendall(head + b"\r\n")
        else:
            stream = itertools.chain((bytes([b]) for b in head + b"X-Slow: "), stream)
        pause = threading.Event()
        for byte in stream:
            connection.sendall(byte)
            pause.wait(every_s)

    return behave


def silence(connection: socket.socket) -> None:
    """Never answer; wait for the caller to give up."""
    connection.recv(1)
