"""What a run needs is looked at before it begins; what it does not need is only told."""

import socket
from collections.abc import Iterator

import pytest

from etl import health
from kit import db, settings
from kit.errors import ConfigurationError, UnavailableError


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def gone(listening: str) -> str:
    """An address where nothing answers: port 1 of this machine."""
    return listening.rsplit(":", 1)[0] + ":1"


def look(dsn: str, *, workers: int = 2, bucket_needed: bool = False) -> dict[str, health.Check]:
    with db.connect(dsn) as conn:
        found = health.look(conn, settings.get(), workers=workers, bucket_needed=bucket_needed)
    return {check.name: check for check in found}


def test_a_database_with_room_is_healthy(migrated):
    found = look(migrated)
    assert {name: check.ok for name, check in found.items()} == {"database": True, "schema": True, "pool_slots": True}
    health.require(list(found.values()))


def test_a_pool_without_room_is_trouble_that_may_pass(migrated):
    found = look(migrated, workers=100_000)
    assert "100000 are needed" in found["pool_slots"].message
    with pytest.raises(UnavailableError) as refused:
        health.require(list(found.values()))
    assert refused.value.code == "unhealthy"


def test_a_database_without_the_tables_needs_its_migrations():
    with pytest.raises(ConfigurationError) as refused:
        health.require([health.Check("schema", ok=False, message="tables are missing")])
    assert refused.value.code == "migrations_missing"


@pytest.mark.parametrize("needed", [True, False])
def test_a_folder_counts_where_the_source_lies_there(migrated, monkeypatch, tmp_path, needed):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path))
    assert look(migrated)["bucket"].ok
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path / "nowhere"))
    check = look(migrated, bucket_needed=needed)["bucket"]
    assert (check.ok, check.needed) == (False, needed)


def test_servers_are_asked_whether_they_answer(migrated, monkeypatch, listening, gone):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", "s3://bucket")
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET_ENDPOINT", listening)
    monkeypatch.setenv("OPSFLOWS_MLFLOW_TRACKING_URI", gone)
    found = look(migrated, bucket_needed=True)
    assert (found["bucket"].ok, found["tracking"].ok, found["tracking"].needed) == (True, False, False)
    health.require(list(found.values()))
    monkeypatch.setenv("OPSFLOWS_MLFLOW_TRACKING_URI", "file:///tmp/runs")
    assert "tracking" not in look(migrated)
