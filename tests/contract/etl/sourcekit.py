"""A source table of sales events as source_producer makes it, and what an extraction brought."""

import csv
from datetime import UTC, datetime, timedelta

from etl.load import contract
from kit import db

DAY = datetime(2026, 11, 20, tzinfo=UTC)
HEADER = [column.name for column in contract.read("sales_events").columns]
TABLE = """
create schema if not exists source;
drop table if exists source.sales_events;
create table source.sales_events (
    seq bigint primary key, recorded_at timestamptz not null, event_id text, customer_id text, event_type text,
    occurred_at text, amount text, currency text, quantity text, payload text);
create index on source.sales_events (recorded_at, seq);
truncate etl_checkpoints
"""
FILL = """
insert into source.sales_events
select n, %(day)s::timestamptz + n * interval '1 minute', 'evt-' || n, n::text, 'sale', '2026-11-20T10:00:00Z',
    n || '.50', 'EUR', '1', case when n %% 3 = 0 then '{"note": "a, \\"b\\""}' end
from generate_series(%(first)s, %(last)s) n
"""


def fill(conn: db.Connection, first: int, last: int) -> None:
    db.execute(conn, FILL, {"day": DAY, "first": first, "last": last})


def minute(number: int) -> datetime:
    """When the row of that number was recorded."""
    return DAY + timedelta(minutes=number)


def rows(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def ids(path) -> list[str]:
    return [row["event_id"] for row in rows(path)]
