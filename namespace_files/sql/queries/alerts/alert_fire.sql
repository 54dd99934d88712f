-- The same trouble while it lasts is one row; its level only rises.
insert into ops.alerts as a (
    key, event, level, namespace, flow_id, data_date, error_class, title, message, detail, execution_id, runbook,
    recovers, test
)
values (
    %(key)s, %(event)s, %(level)s, %(namespace)s, %(flow_id)s, %(data_date)s, %(error_class)s, %(title)s, %(message)s,
    %(detail)s, %(execution_id)s, %(runbook)s, %(recovers)s, %(test)s
)
on conflict (key) where state = 'firing' do update set
    count = a.count + 1,
    seen_at = clock_timestamp(),
    level_before = a.level,
    level = case
        when array_position(array['INFO', 'WARNING', 'CRITICAL'], excluded.level)
            > array_position(array['INFO', 'WARNING', 'CRITICAL'], a.level) then excluded.level
        else a.level
    end,
    title = excluded.title,
    message = excluded.message,
    detail = excluded.detail,
    execution_id = excluded.execution_id
returning alert_id, level, level_before, count, event, test
