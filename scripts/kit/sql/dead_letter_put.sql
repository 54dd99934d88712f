insert into ops.dead_letters as d (provider, kind, key, reason, error, payload, execution_id)
values (%(provider)s, %(kind)s, %(key)s, %(reason)s, %(error)s, %(payload)s, %(execution_id)s)
on conflict (kind, key) where state = 'open' do update
set provider = excluded.provider, reason = excluded.reason, error = excluded.error, payload = excluded.payload,
    execution_id = excluded.execution_id, attempts = d.attempts + 1, updated_at = clock_timestamp()
returning id
