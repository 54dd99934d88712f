-- A book of three years for benchmarks/console.py: `:runs` runs with five metrics each, tickets, alerts, quarantine.
set synchronous_commit = off;
set work_mem = '128MB';
set maintenance_work_mem = '512MB';

insert into etl_runs (flow, run_label, run_name, execution_id, release, dry_run, parents, params, status, total_rows, expected_rows,
                      ratio, num_chunks, duration_ms, outcome, started_at, finished_at)
select (array['etl_example', 'etl_improved', 'etl_backfill', 'etl_export'])[1 + n % 4], 'label-' || n % 23, 'run-' || n,
       'exec' || n, '1.0.0', n % 50 = 0, case when n % 3 = 0 then jsonb_build_array('exec' || n - 1) else '[]' end,
       '{"batch_size": 2000}', case when n % 97 = 0 then 'failed' when n % 50 = 0 then 'planned' else 'succeeded' end,
       10000 - n % 311, 10000, round(1 - (n % 311) / 10000.0, 6), 5, 1000 + n % 9000, '{"code": "ok", "message": ""}',
       now() - (n * 1095.0 * 86400 / :runs) * interval '1 second',
       now() - (n * 1095.0 * 86400 / :runs - 30) * interval '1 second'
from generate_series(1, :runs) n;

insert into etl_improved_metrics (run_id, name, value, labels, created_at)
select run_id, (array['total_rows', 'expected_rows', 'ratio', 'num_chunks', 'duration_ms'])[m],
       (array[total_rows, expected_rows, ratio, num_chunks, duration_ms])[m], '{}', finished_at
from etl_runs, generate_series(1, 5) m;

insert into etl_improved_alerts (run_id, kind, level, message, created_at)
select run_id, (array['low_ratio', 'rows_drop', 'run_failed', 'reconcile'])[1 + run_id % 4],
       (array['warning', 'critical'])[1 + run_id % 2], 'Less was accepted than usual', finished_at
from etl_runs where run_id % 10 = 1;

insert into etl_lineage_edges (run_id, direction, dataset, rows, checksum)
select run_id, d, case d when 'input' then 'postgres:source.sales_events' else 'postgres:public.etl_improved_events' end,
       total_rows, md5(run_id::text)
from etl_runs, unnest(array['input', 'output']) d where run_id <= 100000;

insert into etl_improved_audit (run_id, action, detail, created_at)
select run_id, a, '{"rows": 2000}', finished_at from etl_runs, unnest(array['extracted', 'loaded', 'finished']) a
where run_id <= 50000;

insert into etl_quarantine (load_id, chunk, line, dataset, code, field, raw, created_at)
select 'run-' || n % 1000, n / 1000, n % 1000 + 1, 'dataset-' || n % 3, (array['locale', 'enum', 'type', 'range', 'null'])[1 + n % 5],
       'amount', n || ',someone@example.org,"1.234,56",EUR', now() - n * interval '1 minute'
from generate_series(1, 100000) n;

insert into tickets.messages (message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind, media, sent_at,
                              received_at, execution_id, state)
select 'wamid.' || n, 'T-' || lpad(n::text, 10, '0'), 'ES.' || n % 200, '3460000' || n % 200, 'Sender ' || n % 200, '1', 'image', '{}',
       now() - n * interval '20 minutes', now() - n * interval '20 minutes', 'exec' || n, 'done'
from generate_series(1, 50000) n;
insert into tickets.tickets (ticket_id, verdict, merchant, tax_id, issued_on, document_number, currency, total, release, execution_id)
select ticket_id, (array['accept', 'accept', 'review', 'reject'])[1 + n % 4], 'Bar ' || n % 500, 'B' || 10000000 + n % 500,
       sent_at::date, 'A-' || n, 'EUR', 10 + n % 90, '1', 'e'
from (select *, row_number() over () as n from tickets.messages) m;
insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, model, outcome, latency_ms, tokens_in, tokens_out, cost_usd,
                              created_at)
select ticket_id, execution_id, o, (array['ocr', 'vision'])[o + 1], (array['rapidocr', 'gpt-6-luna'])[o + 1], 'ok', 900 + o * 800,
       case o when 1 then 1200 end, case o when 1 then 240 end, case o when 1 then 0.00035 end, received_at
from tickets.messages, generate_series(0, 1) o where o = 0 or right(ticket_id, 1) = '1';

insert into ops.alerts (key, event, level, flow_id, title, state, fired_at, resolved_at)
select 'key' || n, 'flow_failed', (array['INFO', 'WARNING', 'CRITICAL'])[1 + n % 3], 'etl_example', 'It failed',
       case when n < 20 then 'firing' else 'resolved' end, now() - n * interval '1 hour', now()
from generate_series(1, 5000) n;
insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, started_at, ended_at, queued_s, run_s)
select 'exec' || n, 'opsflows.' || (array['etl', 'tickets', 'leads'])[1 + n % 3], 'flow_' || n % 20, 'SUCCESS',
       now() - n * interval '5 minutes', now() - n * interval '5 minutes', now() - n * interval '4 minutes', 0.5, 60
from generate_series(1, 200000) n;
