insert into etl_improved_metrics (run_id, name, value, labels)
values (%(run_id)s, %(name)s, %(value)s, %(labels)s)
on conflict (run_id, name, labels) do update set value = excluded.value, created_at = excluded.created_at
