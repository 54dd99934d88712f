"""How long the look-up for an earlier ticket of the same receipt takes, in an embedded Postgres with many tickets.

    python benchmarks/duplicate_lookup.py [--rows 100000] [--looks 500]

The tickets are of 200 senders over three years and 500 shops; every look-up has the fields of one that is there, and
takes its locks and compares the candidates as a task does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from benchmarks import places  # noqa: E402 - the path comes first
from kit import db  # noqa: E402
from tickets import duplicates  # noqa: E402
from tickets.likeness import Facts  # noqa: E402

_FILL = """
insert into tickets.messages (message_id, ticket_id, sender_id, phone_number_id, kind, media, sent_at, execution_id,
                              state)
select 'wamid.' || n, 'T-' || n, 'ES.' || n %% 200, '1', 'image', '{}', now() - random() * interval '3 years', 'e',
       'done'
from generate_series(1, %(rows)s) n;
insert into tickets.tickets (ticket_id, verdict, merchant, tax_id, issued_on, document_number, currency, total,
                             image_sha256, perceptual_hash, release, execution_id)
select ticket_id, 'accept', 'Bar ' || shop, 'B' || 10000000 + shop, sent_at::date, 'A-' || row_number() over (),
       'EUR', round((1 + random() * 80)::numeric, 1), encode(sha256(ticket_id::bytea), 'hex'),
       substr(md5(ticket_id), 1, 16), '1', 'e'
from (select ticket_id, sent_at, (random() * 500)::int as shop from tickets.messages) m;
analyze;
"""
_KNOWN = """
select t.*, m.sender_id, m.sent_at from tickets.tickets t join tickets.messages m using (ticket_id)
order by md5(t.ticket_id) limit %s
"""


def look(conn: db.Connection, row: db.Row) -> float:
    """Seconds for finding the ticket that a receipt was sent with before."""
    names = ("merchant", "tax_id", "issued_on", "document_number", "currency", "total", "perceptual_hash")
    new = Facts(**{name: row[name] for name in names}, image_sha256="0" * 64)
    sent = duplicates.Sent("T-new", row["sender_id"], datetime.now(UTC), "0" * 64, row["perceptual_hash"])
    started = time.perf_counter()
    with db.transaction(conn):
        first = duplicates.find(conn, new, sent)
    took = time.perf_counter() - started
    if first != duplicates.First(row["ticket_id"], "exact"):
        raise SystemExit(f"found {first} for {row['ticket_id']}")
    return took


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=500)
    arguments = parser.parse_args()
    with places.database() as (dsn, _), db.connect(dsn, statement_s=0) as conn:
        db.execute(conn, _FILL, {"rows": arguments.rows})
        took = sorted(look(conn, row) for row in db.fetch_all(conn, _KNOWN, (arguments.looks,)))
    median, late = statistics.median(took), took[int(len(took) * 0.99)]
    print(f"{arguments.rows} tickets, {len(took)} look-ups: median {median * 1000:.1f} ms, 99 % {late * 1000:.1f} ms")


if __name__ == "__main__":
    main()
