"""A large month's report: `python -m benchmarks.monthly [--count 5000]`. Seconds of each part, on a real Postgres."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date

from kit import db
from local import postgres
from platform_tasks import migrate
from tickets import monthly, monthly_csv, monthly_pdf

FILL = """
insert into tickets.messages (message_id, ticket_id, sender_id, sender_name, phone_number_id, kind, media, sent_at,
                              received_at, execution_id)
select 'w' || n, 'T-' || lpad(n::text, 10, '0'), 'ES.' || n %% 25, 'Person ' || n %% 25, '1', 'image', '{}',
       '2026-10-15', '2026-10-15', 'e'
from generate_series(1, %(count)s) n;
insert into tickets.tickets (ticket_id, verdict, issued_on, merchant, currency, total, tax_total, receipt, release,
                             execution_id)
select 'T-' || lpad(n::text, 10, '0'), 'accept', date '2026-10-01' + n %% 31, 'Merchant ' || n %% 400, 'EUR',
       12.10, 2.10, '{"taxes": [{"rate": "21", "base": "10.00", "amount": "2.10"}]}', '1', 'e'
from generate_series(1, %(count)s) n
"""


def _timed(what: str, call: Callable[[], bytes | monthly.Report]) -> bytes | monthly.Report:
    started = time.perf_counter()
    found = call()
    size = f", {len(found) / 1e6:.1f} MB" if isinstance(found, bytes) else ""
    print(f"{what}: {time.perf_counter() - started:.2f} s{size}")
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(prefix="opsflows-monthly-") as folder:
        server = postgres.start(folder)
        try:
            _measure(server.dsn, count)
        finally:
            server.stop()


def _measure(dsn: str, count: int) -> None:
    migrate.apply(dsn)
    with db.connect(dsn) as conn:
        db.execute(conn, FILL, {"count": count})
        report = _timed(f"read {count} receipts of {date(2026, 10, 1):%B %Y}", lambda: monthly.read(conn, "2026-10"))
    assert isinstance(report, monthly.Report)  # noqa: S101 - for the type checker
    _timed("CSV", lambda: monthly_csv.write(report))
    _timed("PDF", lambda: monthly_pdf.write(report))
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
