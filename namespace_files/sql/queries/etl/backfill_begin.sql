-- No row comes back when the name belongs to another range.
insert into etl_backfills as b (backfill_id, dataset, source, target, step, since, until)
values (%(backfill_id)s, %(dataset)s, %(source)s, %(target)s, %(step)s, %(since)s, %(until)s)
on conflict (backfill_id) do update set finished_at = null
where (b.dataset, b.source, b.target, b.step, b.since, b.until)
    = (excluded.dataset, excluded.source, excluded.target, excluded.step, excluded.since, excluded.until)
returning backfill_id
