"""What is older than the settings allow goes, in batches, and a run that was killed is gone on with."""

import json
from datetime import timedelta

import pytest
from monthkit import fill, receipt

from kit import dates, db, errors, settings, task
from tickets import privacy, retention

CTX = task.Context(execution_id="night", flow_id="tickets_retention", namespace="opsflows.tickets", release="0.1.0")
OLD = """
insert into tickets.notices (notice_id, kind, payload, execution_id, received_at)
select kind || n, 'text', '{}', 'e', case kind when 'old' then %(old)s else %(new)s end
from generate_series(1, %(count)s) n, (values ('old'), ('new')) kinds (kind);
insert into tickets.statuses (message_id, status, happened_at, received_at)
values ('old', 'read', now(), %(old)s), ('new', 'read', now(), %(new)s);
insert into tickets.deliveries (message_id, execution_id, duplicate, received_at)
values ('old', 'e', false, %(old)s), ('new', 'e', false, %(new)s);
insert into ops.claims (key, holder, state, lease_until, updated_at)
values ('whatsapp:old', 'e', 'done', now(), %(old)s), ('whatsapp:new', 'e', 'done', now(), %(new)s),
       ('ticket:old', 'e', 'done', now(), %(old)s), ('whatsapp:held', 'e', 'held', now(), %(old)s);
insert into ops.dead_letters (provider, kind, key, reason, payload, state, created_at, closed_at)
values ('p', 'k', 'replayed', 'r', '{}', 'replayed', %(old)s, %(old)s),
       ('p', 'k', 'open', 'r', '{}', 'open', %(old)s, null),
       ('p', 'k', 'new', 'r', '{}', 'dropped', %(old)s, %(new)s)
"""


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch, tmp_path):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_EVENT_RETENTION_DAYS", "30")
    monkeypatch.setenv("OPSFLOWS_PICTURE_RETENTION_DAYS", "365")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def years(conn):
    """Three old and three new notices, one old and one new of all else; one picture too old, one not."""
    now = dates.utcnow()
    ages = {"old": now - timedelta(days=31), "new": now - timedelta(days=29)}
    db.execute(conn, OLD, {**ages, "count": 3})
    fill(conn, [receipt(1), receipt(2)])
    for ticket_id, days in (("T-0000000001", 366), ("T-0000000002", 364)):
        values = {"ticket_id": ticket_id, "moment": now - timedelta(days=days)}
        db.execute(
            conn,
            """
            update tickets.tickets set image_uri = 'kestra:///i', document_uri = 'kestra:///d', updated_at = %(moment)s
            where ticket_id = %(ticket_id)s;
            insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, outcome, latency_ms, raw,
                                          created_at)
            values (%(ticket_id)s, 'e', 0, 'ocr', 'ok', 1, '{"text": "x"}', %(moment)s)
            """,
            values,
        )
    return conn


EVERY = "select * from {}"
DUE = {
    "notices": 3,
    "statuses": 1,
    "deliveries": 1,
    "claims": 1,
    "letters": 1,
    "leads": 0,
    "readings": 1,
    "pictures": 1,
}


def run(*, dry_run=False, execution_id=CTX.execution_id):
    return retention.run(retention.Inputs(dry_run=dry_run), task.Context(execution_id=execution_id))


def left(conn, table):
    return {str(next(iter(row.values()))) for row in db.fetch_all(conn, EVERY.format(table))}


def test_what_is_too_old_goes_and_the_rest_stays(years):
    assert run()["counts"] == DUE
    assert left(years, "tickets.notices") == {"new1", "new2", "new3"}
    assert left(years, "tickets.statuses") == left(years, "tickets.deliveries") == {"new"}
    assert left(years, "ops.claims") == {"whatsapp:new", "ticket:old", "whatsapp:held"}
    letters = db.fetch_all(years, "select key, payload is null as empty from ops.dead_letters order by id")
    assert [(letter["key"], letter["empty"]) for letter in letters] == [
        ("erased-1", True),
        ("open", False),
        ("new", False),
    ]
    rows = db.fetch_all(years, "select image_uri, document_uri, total from tickets.tickets order by ticket_id")
    assert [(row["image_uri"], row["document_uri"], str(row["total"])) for row in rows] == [
        (None, None, "12.10"),
        ("kestra:///i", "kestra:///d", "12.10"),
    ]
    raws = db.fetch_all(years, "select raw from tickets.attempts order by ticket_id")
    assert [row["raw"] for row in raws] == [None, {"text": "x"}]


@pytest.mark.usefixtures("years")
def test_a_second_night_finds_nothing():
    run()
    assert set(run(execution_id="next")["counts"].values()) == {0}


def test_a_rehearsal_counts_and_changes_nothing(years):
    assert run(dry_run=True)["counts"] == DUE
    assert len(left(years, "tickets.notices")) == 6
    audit = privacy.run(years, CTX.execution_id)
    assert (audit["dry_run"], audit["counts"]) == (True, DUE)
    assert audit["finished_at"]


@pytest.mark.usefixtures("years")
def test_many_rows_go_in_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    assert run()["counts"] == DUE


@pytest.mark.usefixtures("years")
def test_a_night_has_an_end(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    assert run()["counts"]["notices"] == 2
    assert run(execution_id="next")["counts"]["notices"] == 1


def test_a_kill_between_batches_is_gone_on_with_and_the_count_is_true(years, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    load, seen = privacy.sql, []

    def dies(name):
        seen.append(name)
        return "select 1 / 0" if seen.count("retain_notices") > 2 else load(name)

    monkeypatch.setattr(privacy, "sql", dies)
    with pytest.raises(errors.OpsflowsError):
        run()
    monkeypatch.setattr(privacy, "sql", load)
    assert privacy.run(years, CTX.execution_id)["finished_at"] is None
    assert run()["counts"] == DUE


@pytest.mark.usefixtures("years")
def test_the_moments_are_told_to_kestras_own_purges(tmp_path):
    found = run()
    assert found["pictures_before"] < found["events_before"] < dates.to_iso(dates.utcnow())
    assert json.loads((tmp_path / "retention.json").read_text())["counts"] == DUE


def test_events_are_kept_at_least_as_long_as_whatsapp_repeats(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_EVENT_RETENTION_DAYS", "7")
    with pytest.raises(errors.ConfigurationError):
        settings.get()
