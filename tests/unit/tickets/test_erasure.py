"""One sender's data go, all of them and nobody else's; what was booked stays. On a real Postgres."""

import json

import pytest
from monthkit import ANA, LUIS, fill, receipt

from kit import db, effects, errors, task
from platform_tasks import migrate
from tickets import erasure, erasure_report, privacy

ID, PHONE, NAME = ANA
CTX = task.Context(execution_id="erasing", flow_id="tickets_erasure", namespace="opsflows.tickets", release="0.1.0")
BOOKED, REJECTED, OTHERS = "T-0000000001", "T-0000000002", "T-0000000003"
TEXT = "select x::text as text from {} x"
EXTRAS = """
update tickets.messages set message_id = 'wamid.HBgL' || ticket_id, caption = 'Cena con Ana López';
update tickets.tickets set image_uri = 'kestra:///opsflows/tickets/p/executions/p' || ticket_id || '/tasks/image.jpg';
insert into tickets.executions (ticket_id, execution_id) select ticket_id, 'p' || ticket_id from tickets.tickets;
insert into tickets.executions (ticket_id, execution_id) select ticket_id, 'again' || ticket_id from tickets.tickets;
insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, outcome, latency_ms, raw, cost_usd)
select ticket_id, 'p' || ticket_id, 0, 'ocr', 'ok', 1, '{"text": "Ana López"}', 0.001 from tickets.tickets;
insert into tickets.deliveries (message_id, execution_id, duplicate)
select message_id, 'e9', true from tickets.messages;
insert into tickets.statuses (message_id, status, recipient_id, callback, happened_at)
select 'out' || ticket_id, 'read', sender_phone, 'answer:' || ticket_id, now() from tickets.messages;
insert into tickets.notices (notice_id, kind, sender_id, payload, execution_id)
select 'n' || ticket_id, 'text', sender_id, '{"text": {"body": "hola"}}', 'n' || ticket_id from tickets.messages;
insert into tickets.notices (notice_id, kind, sender_id, payload, execution_id)
values ('poison', 'poison', null, '{"from": "34600000001"}', 'np');
insert into ops.effects (key, kind, state, result)
select 'reply:n' || ticket_id, 'whatsapp.text', 'done', jsonb_build_object('message_id', 'wamid.' || sender_phone)
from tickets.messages;
insert into ops.claims (key, holder, state, lease_until, created_at)
select 'whatsapp:n' || ticket_id, 'n' || ticket_id, 'done', now(), now() - interval '9 days' from tickets.messages;
insert into ops.spend (day, provider, model, sender, calls)
select now(), 'openai', 'm', who, 1 from (select sender_id from tickets.messages union
                                          select sender_phone from tickets.messages) people (who);
insert into ops.claims (key, holder, state, lease_until, created_at)
select 'whatsapp:' || message_id, 'e0', 'done', now(), now() - interval '9 days' from tickets.messages;
"""


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch, tmp_path):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def inbox(conn):
    """Ana's booked receipt and her rejected picture, and a receipt of Luis."""
    fill(conn, [receipt(1), receipt(2, verdict="reject"), receipt(3, sender=LUIS)])
    db.execute(conn, EXTRAS)
    for ticket_id in (BOOKED, REJECTED, OTHERS):
        effects.record(conn, f"answer:{ticket_id}", "whatsapp.text", {"message_id": f"wamid.{PHONE}.{ticket_id}"})
        effects.record(conn, f"slack:{ticket_id}", "slack.card", {"channel": "C1", "ts": f"1.{ticket_id}"})
    return conn


def erase(sender=ID, **more):
    return erasure.run(erasure.Inputs(sender=sender, reason="asked for", **{"dry_run": False, **more}), CTX)


def everything(conn, but=()):
    """Every row of every table, as text."""
    tables = db.fetch_all(
        conn,
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('ops', 'tickets')",
    )
    names = sorted({row["name"] for row in tables} - set(but))
    return {name: sorted(row["text"] for row in db.fetch_all(conn, TEXT.format(name))) for name in names}


@pytest.mark.parametrize("sender", [ID, PHONE, "+34 600 00-00 01"])
def test_nothing_names_the_sender_any_more(inbox, sender):
    erase(sender)
    rows = [row for found in everything(inbox).values() for row in found if OTHERS not in row]
    traces = (ID, PHONE, NAME, f"wamid.HBgL{BOOKED}", f"wamid.HBgL{REJECTED}", f":n{BOOKED}")
    assert [row for row in rows for trace in traces if trace in row] == []


def test_others_keep_everything(inbox):
    def of_luis():
        rows = everything(inbox, but=("tickets.privacy_runs", "tickets.erasure_work"))
        return [row for found in rows.values() for row in found if OTHERS in row or LUIS[1] in row or LUIS[0] in row]

    before = of_luis()
    assert len(before) > 8
    erase()
    assert of_luis() == before


def test_booked_amounts_stay_under_a_stand_in(inbox):
    made = erase()
    row = db.fetch_one(
        inbox, "select * from tickets.tickets join tickets.messages using (ticket_id) where ticket_id = %s", [BOOKED]
    )
    assert (str(row["total"]), row["merchant"], str(row["issued_on"])) == ("12.10", "Bar Sol, S.L.", "2026-10-15")
    assert row["receipt"]["taxes"][0]["amount"] == "2.10"
    assert row["sender_id"] == made["stand_in"]
    assert row["image_uri"] is None
    spent = db.fetch_all(inbox, "select calls from ops.spend where sender = %s", [made["stand_in"]])
    assert [row["calls"] for row in spent] == [2]
    attempt = db.fetch_one(inbox, "select raw, cost_usd from tickets.attempts where ticket_id = %s", [BOOKED])
    assert (attempt["raw"], str(attempt["cost_usd"])) == (None, "0.001000")


def test_nothing_stays_of_a_picture_that_was_not_booked(inbox):
    erase()
    row = db.fetch_one(inbox, "select * from tickets.tickets where ticket_id = %s", [REJECTED])
    assert (row["receipt"], row["merchant"], row["total"], row["image_sha256"]) == ({}, None, None, None)


def test_a_rehearsal_changes_nothing_and_counts_the_same(inbox):
    before = everything(inbox, but=("tickets.privacy_runs",))
    rehearsed = erase(dry_run=True)
    assert everything(inbox, but=("tickets.privacy_runs",)) == before
    db.execute(inbox, "delete from tickets.privacy_runs")
    assert erase()["counts"] == rehearsed["counts"]
    named = ("messages", "rejected", "booked", "notices", "statuses", "readings", "deliveries", "sheet_rows")
    assert [rehearsed["counts"][name] for name in named] == [2, 1, 1, 3, 2, 2, 2, 0]


def work(conn, kind="execution"):
    due = "select ref from tickets.erasure_work where due_at <= now() and kind = %s"
    return {row["ref"] for row in db.fetch_all(conn, due, [kind])}


def test_every_execution_that_held_the_senders_data_is_to_go(inbox):
    erase()
    theirs = {f"{prefix}{ticket_id}" for prefix in ("p", "again", "n") for ticket_id in (BOOKED, REJECTED)}
    assert work(inbox) == {*theirs, "e0", "e9", "np"}
    later = db.fetch_one(
        inbox,
        "select due_at > now() + interval '6 days' as late from tickets.erasure_work where ref = %s",
        [CTX.execution_id],
    )
    assert later["late"]


def test_pictures_of_booked_receipts_stay_when_asked_for(inbox):
    erase(keep_documents=True)
    assert f"p{BOOKED}" not in work(inbox)
    assert f"p{REJECTED}" in work(inbox)
    assert [REJECTED in uri for uri in work(inbox, "file")] == [True]
    uris = db.fetch_all(inbox, "select ticket_id from tickets.tickets where image_uri is not null order by 1")
    assert [row["ticket_id"] for row in uris] == [BOOKED, OTHERS]


def test_one_person_under_two_names_is_found_by_either(inbox):
    fill(inbox, [receipt(4, sender=(PHONE, PHONE, NAME)), receipt(5, sender=(ID, None, NAME))])
    assert erase(PHONE)["counts"]["messages"] == 4


def test_started_again_it_changes_nothing(inbox):
    first = erase()
    before = everything(inbox)
    assert erase() == first
    assert everything(inbox) == before


@pytest.mark.usefixtures("inbox")
def test_nobody_is_found_twice():
    erase()
    again = erasure.run(erasure.Inputs(sender=ID, reason="x", dry_run=False), task.Context(execution_id="later"))
    assert again["outcome"]["code"] == "sender_unknown"


def test_a_kill_in_the_middle_leaves_everything_as_it_was(inbox, monkeypatch):
    before = everything(inbox)
    load = privacy.sql
    monkeypatch.setattr(
        privacy, "sql", lambda name: load(name) + "; select 1 / 0" if name == "erase_sender" else load(name)
    )
    with pytest.raises(errors.OpsflowsError):
        erase()
    assert everything(inbox) == before


@pytest.mark.parametrize("sender", ["", "12345", "a", "+1 2 3"])
def test_what_names_nobody_is_refused(sender):
    with pytest.raises(errors.RefusedInputError):
        erasure.normalised(sender)


def test_work_that_was_under_way_does_not_ask_whatsapp_for_nobody(inbox):
    db.execute(inbox, "update tickets.messages set state = 'pending', next_attempt_at = now()")
    erase()
    states = db.fetch_all(inbox, "select ticket_id, state, last_error from tickets.messages order by 1")
    assert [tuple(row.values()) for row in states] == [
        (BOOKED, "failed", "erased"),
        (REJECTED, "failed", "erased"),
        (OTHERS, "pending", None),
    ]


def test_the_report_names_what_is_kept_why_and_what_a_person_must_do(inbox, tmp_path):
    erase()
    ended = erasure_report.run(erasure_report.Inputs(run_id=CTX.execution_id), CTX)
    assert ended["open"] == len(work(inbox)) + len(work(inbox, "file"))
    found = json.loads((tmp_path / "erasure.json").read_text())
    assert found["kept"] == [
        {"ticket_id": BOOKED, "verdict": "accept", "issued_on": "2026-10-15", "total": "12.10", "currency": "EUR"}
    ]
    assert "Código de Comercio" in found["kept_why"]
    assert {"place": "slack", "ref": f"slack:{BOOKED}", "channel": "C1", "ts": f"1.{BOOKED}"} in found["by_hand"]
    assert {"place": "monthly_report", "ref": "2026-10"} in found["by_hand"]
    assert (tmp_path / "erasure.pdf").read_bytes().startswith(b"%PDF-")
    audit = privacy.run(inbox, CTX.execution_id)
    assert audit["finished_at"]
    assert not [text for text in (ID, PHONE, NAME) if text in str(audit) or text in str(found)]


def test_the_reason_is_masked(inbox):
    erasure.run(erasure.Inputs(sender=ID, reason=f"call {PHONE}, ana@example.com", dry_run=True), CTX)
    reason = privacy.run(inbox, CTX.execution_id)["reason"]
    assert PHONE not in reason
    assert "ana@" not in reason


def test_the_migration_may_be_applied_again(dsn):
    assert migrate.apply(dsn).applied == []
