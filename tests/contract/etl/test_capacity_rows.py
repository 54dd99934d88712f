"""The bytes a row that `python -m tools.capacity` reckons with are those of the real table of events."""

from tests.etl_support import execute, rows_of
from tools.capacity import assumptions

FACTOR = 1.3
# As a shop's events look: an id of a source, a payload of some fields, a fingerprint.
FILL = """
insert into capacity_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity, payload,
                             net_amount, fingerprint)
select 'evt-' || lpad((n * 7919 % 20000)::text, 8, '0'), 1 + n % 5000, (array['sale', 'refund', 'visit'])[1 + n % 3],
       timestamptz '2026-01-01T00:00:00Z' + n * interval '2 minutes', n % 1000 + 0.25, 'EUR', 1 + n % 4,
       jsonb_build_object('sku', 'P-' || n % 500, 'channel', (array['web', 'shop'])[1 + n % 2], 'note', md5(n::text)),
       n % 900, md5(n::text || 'x')
  from generate_series(1, 20000) n
"""
MEASURE = """
select (sum(pg_total_relation_size(inhrelid))
        + pg_total_relation_size('etl_event_keys')) / 20000::numeric from pg_inherits
 where inhparent = 'capacity_events'::regclass
"""


def test_a_row_takes_as_many_bytes_as_the_model_says(migrated):
    execute(migrated, "truncate etl_event_keys")
    execute(migrated, "select etl_create_events('public', 'capacity_events')")
    try:
        execute(migrated, "create table capacity_2026 partition of capacity_events default")
        execute(migrated, FILL)
        ((measured,),) = rows_of(migrated, MEASURE)
    finally:
        execute(migrated, "drop table capacity_events")
    measured = float(measured)
    predicted = assumptions.load()["row_bytes"]
    assert measured / FACTOR <= predicted <= measured * FACTOR, f"measured {measured:.0f}, predicted {predicted:.0f}"
