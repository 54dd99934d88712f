-- An edge for each window that a backfill brought, from its ledger.
insert into etl_lineage_edges (run_id, direction, dataset, rows, checksum)
select %(run_id)s, 'input',
       %(source)s || '[' || to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '/'
           || to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ']',
       rows, checksum
from etl_backfill_windows
where backfill_id = %(backfill_id)s and state in ('loaded', 'proven', 'thin')
on conflict (run_id, direction, dataset) do update set rows = excluded.rows, checksum = excluded.checksum
