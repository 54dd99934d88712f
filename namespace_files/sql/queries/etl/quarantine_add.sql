insert into etl_quarantine (load_id, chunk, line, dataset, code, field, raw, raw_bytes)
select %(load_id)s, %(chunk)s, line, %(dataset)s, code, field, raw, raw_bytes
from unnest(%(lines)s::integer[], %(codes)s::text[], %(fields)s::text[], %(raws)s::text[], %(bytes)s::bytea[])
     as bad (line, code, field, raw, raw_bytes)
on conflict do nothing
