"""From the photo to the sheet row and the answer, one at a time: `python -m benchmarks.latency [--count 20]`.

The clock starts when the webhook is posted and ends when both the row and the answer are on record. "Without the OCR"
subtracts what the engine's attempt took.
"""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks import load
from kit import db
from tools.stack.stack import Stack

ENDED = """
select greatest(a.finished_at, s.finished_at) as ended, t.created_at, x.latency_ms
from tickets.messages m
join tickets.tickets t using (ticket_id)
join tickets.attempts x using (ticket_id)
join ops.effects a on a.key = 'answer:' || m.ticket_id and a.state = 'done'
join ops.effects s on s.key = 'sheet:' || m.ticket_id and s.state = 'done'
where m.message_id = %s
"""
PICTURES = ("ticket_supermercado.jpg", "ticket_mexico.jpg", "sroie_064.jpg", "sroie_144.jpg", "sroie_621.jpg")


def measure(running: Stack, name: str) -> tuple[float, float]:
    """Seconds in all, and without the OCR, for one photo."""
    message = load.receipt(running, name)
    started = datetime.now(UTC)
    running.providers.send(message)
    row = _wait(running, message["id"])
    seconds = (row["ended"] - started).total_seconds()
    _settle(running, message["id"])
    return seconds, seconds - row["latency_ms"] / 1000


def _wait(running: Stack, message_id: str) -> dict[str, Any]:
    with db.connect(running.postgres.dsn) as conn:
        while True:
            row = db.fetch_one(conn, ENDED, (message_id,))
            if row:
                return row
            time.sleep(0.05)


def _settle(running: Stack, message_id: str) -> None:
    """Let the ticket be closed before the next one starts, so that each is measured alone."""
    with db.connect(running.postgres.dsn) as conn:
        while not db.fetch_one(
            conn, "select 1 from tickets.messages where message_id = %s and state = 'done'", (message_id,)
        ):
            time.sleep(0.05)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    count = parser.parse_args().count
    with load.stack() as running:
        running.providers.configure(whatsapp={"statuses": []})
        measure(running, PICTURES[0])
        found = [measure(running, PICTURES[n % len(PICTURES)]) for n in range(count)]
    print("photo to row and answer:", load.summary([whole for whole, _ in found]))
    print("the same without the OCR:", load.summary([rest for _, rest in found]))


if __name__ == "__main__":
    main()
