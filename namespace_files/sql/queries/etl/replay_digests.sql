update etl_replay_rows r
set digest = found.digest
from unnest(%(places)s::bigint[], %(digests)s::text[]) as found (place, digest)
where r.place = found.place
