-- What the replay's load refused again is a copy of a row that stays open, with the reason of today; all others of its
-- file are published. A row that came in with several loads is settled for all of them.
with copies as (
    delete from etl_quarantine where load_id = %(load_id)s returning coalesce(raw_bytes, convert_to(raw, 'UTF8')) as raw, code, field
), verdicts as (
    select distinct on (1) md5(raw) as digest, code, field from copies order by 1
), settled as (
    update etl_quarantine q
    set state = case when v.digest is null then 'replayed' else 'open' end, 
        replayed_by = case when v.digest is null then %(load_id)s end,
        attempts = q.attempts + (v.digest is not null)::integer,
        code = coalesce(v.code, q.code), field = case when v.digest is null then q.field else v.field end
    from etl_replay_rows r
    left join verdicts v using (digest)
    where (q.load_id, q.chunk, q.line) = (r.load_id, r.chunk, r.line) and q.state = 'open' and r.digest is not null
      and (r.dataset, r.target) = (%(dataset)s, %(target)s) and r.header = %(header)s::text[]
    returning q.state
)
select count(*) filter (where state = 'replayed') as replayed, count(*) filter (where state = 'open') as bad from settled
