"""No exception of requests, urllib3, http.client, ssl, socket or psycopg2 gets through the kit's boundary."""

from __future__ import annotations

import http.client
import inspect
import json
import socket
import ssl

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest
import requests
import requests.exceptions
import urllib3.exceptions

from kit import db, net
from kit import http as kit_http
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    OpsflowsError,
    PermissionDeniedError,
    TransientError,
    UnavailableError,
    UncertainError,
)

BASE = "https://graph.example.com"


def exceptions_of(*modules) -> list[type[Exception]]:
    found = {
        member
        for module in modules
        for member in vars(module).values()
        if inspect.isclass(member) and issubclass(member, Exception) and not issubclass(member, Warning)
        if not member.__name__.startswith("_")
    }
    return sorted(found - {Exception}, key=lambda c: (c.__module__, c.__qualname__))


def instance(kind: type[Exception]) -> Exception:
    """Any instance; the kinds differ in their constructors, which do not matter here."""
    if kind in MADE:
        return MADE[kind]()
    error = kind.__new__(kind)
    Exception.__init__(error, "boom")
    return error


# Their text is made from what the constructor took.
MADE = {
    http.client.IncompleteRead: lambda: http.client.IncompleteRead(b"x", 9),
    urllib3.exceptions.IncompleteRead: lambda: urllib3.exceptions.IncompleteRead(1, 9),
    urllib3.exceptions.InvalidChunkLength: lambda: urllib3.exceptions.InvalidChunkLength(
        urllib3.HTTPResponse(b""), b"zz"
    ),
}


def all_subclasses(kind: type) -> set[type]:
    return {kind} | {below for child in kind.__subclasses__() for below in all_subclasses(child)}


HTTP_EXCEPTIONS = [
    *exceptions_of(requests.exceptions, urllib3.exceptions, http.client, ssl, socket),
    json.JSONDecodeError,
    UnicodeError,
    *(kind for kind in all_subclasses(OSError) if kind.__module__ == "builtins"),
]
PG_EXCEPTIONS = [
    kind for kind in exceptions_of(psycopg2, psycopg2.errors, psycopg2.extensions) if issubclass(kind, psycopg2.Error)
]


def test_the_lists_are_complete():
    """A library that grows a class is noticed: each is in the list, or is built in."""
    assert len(HTTP_EXCEPTIONS) > 70
    assert len(PG_EXCEPTIONS) > 230
    assert all_subclasses(requests.RequestException) <= set(HTTP_EXCEPTIONS) | {requests.RequestException}
    assert {k for k in all_subclasses(urllib3.exceptions.HTTPError) if k.__module__.startswith("urllib3")} <= set(
        HTTP_EXCEPTIONS
    )
    assert {k for k in all_subclasses(psycopg2.Error) if k.__module__.startswith("psycopg2")} <= set(PG_EXCEPTIONS)


@pytest.mark.parametrize("sent", [False, True], ids=["before sending", "after sending"])
@pytest.mark.parametrize("kind", HTTP_EXCEPTIONS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_every_http_exception_becomes_ours(kind, sent, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        net.Exchange.current.get().sent = sent
        raise instance(kind)

    monkeypatch.setattr(kit_http.net, "check_url", lambda *_: None)
    client = kit_http.Client("acme", BASE, policy=kit_http.RetryPolicy(attempts=1))
    monkeypatch.setattr(client._session, "send", fail)
    with pytest.raises(OpsflowsError) as read:
        client.request("GET", "/")
    with pytest.raises(OpsflowsError) as write:
        client.request("POST", "/", json={})
    assert isinstance(write.value, UncertainError if sent else (ConnectError, InvalidRequestError))
    assert isinstance(read.value, TransientError if sent else (ConnectError, InvalidRequestError))


@pytest.mark.parametrize("kind", HTTP_EXCEPTIONS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_every_exception_while_the_body_is_read_becomes_ours(kind, monkeypatch):
    class Raw:
        def read1(self, *_: object, **__: object) -> bytes:
            raise instance(kind)

        def close(self) -> None: ...

        release_conn = close

    def answer(request: requests.PreparedRequest, **_: object) -> requests.Response:
        net.Exchange.current.get().sent = True
        response = requests.Response()
        response.status_code, response.raw, response.request, response.url = 200, Raw(), request, BASE
        return response

    monkeypatch.setattr(kit_http.net, "check_url", lambda *_: None)
    client = kit_http.Client("acme", BASE, policy=kit_http.RetryPolicy(attempts=1))
    monkeypatch.setattr(client._session, "send", answer)
    with pytest.raises(TransientError):
        client.request("GET", "/")
    with pytest.raises(UncertainError):
        client.request("POST", "/", json={})


@pytest.mark.parametrize("kind", PG_EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_every_postgres_exception_becomes_ours(kind):
    with pytest.raises(OpsflowsError) as raised, db.errors_mapped():
        raise instance(kind)
    assert raised.value.provider == "postgres"
    assert isinstance(raised.value.__cause__, kind)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("select 1/0", InvalidRequestError),
        ("selec 1", InvalidRequestError),
        ("select * from nowhere", ConfigurationError),
        ("select nothing from ops.claims", ConfigurationError),
        ("insert into ops.counters values ('a', '2026-01-01', 1), ('a', '2026-01-01', 1)", ConflictError),
        ("insert into ops.counters values (null, '2026-01-01', 1)", ConflictError),
        ("set local statement_timeout = 50; select pg_sleep(5)", DeadlineError),
        ("do $$ begin raise exception sqlstate '40001'; end $$", UnavailableError),
        ("do $$ begin raise exception sqlstate '40P01'; end $$", UnavailableError),
        ("do $$ begin raise exception sqlstate '53300'; end $$", UnavailableError),
        ("do $$ begin raise exception sqlstate '57P03'; end $$", UnavailableError),
        ("do $$ begin raise exception sqlstate '42501'; end $$", PermissionDeniedError),
        ("do $$ begin raise exception sqlstate '55P03'; end $$", DeadlineError),
        ("do $$ begin raise exception sqlstate '25006'; end $$", UnavailableError),
    ],
)
def test_what_the_server_reports_has_the_right_kind(conn, statement, error):
    with pytest.raises(error) as raised:
        db.execute(conn, statement)
    assert len(raised.value.details["sqlstate"]) == 5


def test_a_violated_constraint_is_named(conn):
    with pytest.raises(ConflictError) as raised:
        db.execute(conn, "insert into ops.effects (key, kind, state) values ('k', 'x', 'odd')")
    assert raised.value.details["constraint"] == "effects_state_check"


def test_a_server_that_is_not_there_is_a_connect_error_without_the_password():
    with pytest.raises(ConnectError) as raised:
        db.connect("postgresql://someone:hunter2hunter2@127.0.0.1:1/none", connect_s=2)
    assert "hunter2" not in str(raised.value)


def test_what_is_wrong_with_a_dsn_is_told(dsn):
    user, _, rest = dsn.partition("@")
    with pytest.raises(AuthenticationError):
        db.connect(f"{user}wrong@{rest}")
    with pytest.raises(ConfigurationError):
        db.connect(f"{dsn}_missing")
    with pytest.raises(ConfigurationError):
        db.connect("host=127.0.0.1 nonsense=1")


def test_a_connection_that_broke_is_unavailable_and_during_the_commit_uncertain(conn, dsn):
    with db.connect(dsn) as other:
        pid = db.fetch_one(conn, "select pg_backend_pid() as pid")["pid"]

        def lose_the_server_before_the_commit() -> None:
            with db.transaction(conn):
                db.execute(conn, "insert into ops.counters values ('x', '2026-01-01', 1)")
                db.execute(other, "select pg_terminate_backend(%s)", (pid,))

        with pytest.raises(UncertainError) as raised:
            lose_the_server_before_the_commit()
        assert raised.value.code == "commit_unknown"
        with pytest.raises(UnavailableError):
            db.execute(conn, "select 1")
        assert db.fetch_all(other, "select * from ops.counters") == []
