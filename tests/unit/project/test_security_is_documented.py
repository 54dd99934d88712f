"""What docs/security.md says is there is there: code, tests, every table, and what erases a sender."""

import re
from pathlib import Path

import pytest

from kit import db, task
from tests.kit_support import conn, dsn, migrated
from tickets import erasure

__all__ = ["conn", "dsn", "migrated"]

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/security.md").read_text()
THREATS = PAGE.split("## Threats, defences, tests")[1].split("\n## ")[0]
ROWS = [line for line in THREATS.splitlines() if line.startswith("| ")][1:]
PAGES = ["SECURITY.md", "docs/security.md", "docs/backup.md", "docs/upgrade.md", "docs/licences.md"]


def paths(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_each_defence_has_code_and_a_test_that_exist(row: str):
    _, _threat, _defence, code, tests, _ = row.split("|")
    assert paths(code)
    assert paths(tests)
    assert [path for path in paths(code) + paths(tests) if not (ROOT / path).is_file()] == []
    assert [path for path in paths(tests) if "\ndef test_" not in (ROOT / path).read_text()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_and_folders_lead_somewhere(page: str):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []
    named = re.findall(r"`((?:scripts|tests|tools|local|edge|deploy|flows|benchmarks|docs)/[\w./-]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_table_has_its_line(conn: db.Connection):
    tables = db.fetch_all(
        conn, "select schemaname || '.' || tablename as name from pg_tables where schemaname !~ '^(pg_|inf)'"
    )
    listed = re.findall(r"^\| `((?:ops|tickets|leads|public)\.\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(row["name"] for row in tables)


def test_an_erasure_leaves_no_table_that_names_the_sender(
    conn: db.Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
):
    """A new table with personal data belongs into ONE_SENDER, and into the erasure."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    for number in (1, 2):
        sender, phone = f"ES.{number}00200300", f"3460000000{number}"
        found = {"sender": sender, "phone": phone, "message": f"wamid.{sender}", "ticket": f"T-{number:010d}"}
        db.execute(conn, ONE_SENDER, found)
    before = holding(conn, "ES.200200300", "34600000002")
    assert set(before) >= {"messages", "statuses", "notices", "deliveries", "batches", "reviews", "corrections"}
    inputs = erasure.Inputs(sender="ES.100200300", reason="asked for", dry_run=False)
    erasure.run(inputs, task.Context(execution_id="erasing"))
    assert holding(conn, "ES.100200300", "34600000001") == []
    assert holding(conn, "ES.200200300", "34600000002") == before


def holding(conn: db.Connection, sender: str, phone: str) -> list[str]:
    """The tables of the tickets in which a sender can be found."""
    tables = db.fetch_all(conn, "select tablename from pg_tables where schemaname = 'tickets' order by 1")
    found = []
    for table in (row["tablename"] for row in tables):
        rows = db.fetch_all(conn, _TEXT.format(table))
        if any(sender in row["text"] or phone in row["text"] for row in rows):
            found.append(table)
    return found


_TEXT = "select x::text as text from tickets.{} x"
ONE_SENDER = """
insert into tickets.messages
    (message_id, ticket_id, sender_id, sender_phone, phone_number_id, kind, media, sent_at, execution_id)
values (%(message)s, %(ticket)s, %(sender)s, %(phone)s, '1', 'image', '{}', now(), 'e');
insert into tickets.batches (batch_id, sender_id, phone_number_id) values ('B' || %(ticket)s, %(sender)s, '1');
insert into tickets.batch_members (ticket_id, batch_id) values (%(ticket)s, 'B' || %(ticket)s);
insert into tickets.deliveries (message_id, execution_id, duplicate) values (%(message)s, 'e', false);
insert into tickets.statuses (message_id, status, recipient_id, happened_at)
values ('out' || %(phone)s, 'read', %(phone)s, now()), ('out' || %(sender)s, 'read', %(sender)s, now());
insert into tickets.notices (notice_id, kind, sender_id, payload, execution_id)
values ('n' || %(phone)s, 'text', %(phone)s, '{}', 'e'), ('n' || %(sender)s, 'text', %(sender)s, '{}', 'e');
insert into tickets.tickets (ticket_id, verdict, release, execution_id) values (%(ticket)s, 'accept', '1', 'e');
insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, outcome, latency_ms)
values (%(ticket)s, 'e', 1, 'ocr', 'ok', 1);
insert into tickets.reviews (review_id, ticket_id, execution_id, expires_at, state, decision, decided_by, decided_at)
values ('R-' || %(ticket)s, %(ticket)s, 'e', now(), 'applied', '{}', %(sender)s, now());
insert into tickets.corrections (ticket_id, revision, field, by, via)
values (%(ticket)s, 2, 'total', %(sender)s, 'whatsapp')
"""
