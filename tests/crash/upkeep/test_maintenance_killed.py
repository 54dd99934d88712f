"""kill -9 of etl_maintenance before each of its statements, then again: all is as if it had never been killed."""

from pathlib import Path

import pytest

from kit import db
from tests import maintenance_support as kit
from tests.crash.etl import dying

STATE = ("etl_improved_metrics", "etl_improved_alerts", "etl_improved_audit", "etl_runs", "etl_improved_events")


def given(dsn: str) -> None:
    kit.clean(dsn)
    with db.connect(dsn) as conn:
        for days in (10, 100, 400):
            kit.measured(conn, days, 20)
        for ago in (0, 14, 15):
            kit.events(conn, ago, 1000 * ago, 1000 * ago + 30)


def left(dsn: str) -> tuple[list[int], int, list[str], int]:
    """Rows, keys, partitions, and tables of the events' name that belong to nothing."""
    with db.connect(dsn) as conn:
        orphans = "pg_class where relname like 'etl_improved_events_2%' and relkind = 'r' and not relispartition"
        return kit.counts(conn, *STATE), kit.keys(conn), kit.partitions(conn), kit.counts(conn, orphans)[0]


@pytest.fixture
def work(migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", "ERROR")
    return lambda execution: kit.maintain(migrated, tmp_path, monkeypatch, execution=execution, vacuum=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_before_any_statement_it_ends_as_if_never_killed(migrated: str, work):
    given(migrated)
    told = work("e1")
    wanted = left(migrated)
    assert wanted[0][4] == 31
    step = 0
    while True:
        step += 1
        given(migrated)
        if not dying.dies(lambda: work("e1"), step):
            break
        dying.settle(migrated)
        again = ("e1", "e2")[step % 2]  # the retry, or the next run
        found = work(again)
        assert left(migrated) == wanted, step
        if again == "e1":  # the retry tells what both attempts did
            assert found["counts"] == told["counts"], step
    assert step > 60


def test_sigterm_ends_it_at_once_and_it_goes_on(migrated: str, work):
    given(migrated)
    lock = "lock table etl_improved_audit in exclusive mode"
    waits = "platform_tasks.upkeep.sweep.LOCK_MS"
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(waits, 60_000)
        assert dying.terminated(lambda: work("e1"), migrated, lock) < 10
    with db.connect(migrated) as conn:
        assert kit.counts(conn, "etl_improved_metrics", "etl_improved_alerts") == [20, 3]
    assert work("e1")["counts"]["rows"] == 40 + 2 + 1 + 62 + 1
