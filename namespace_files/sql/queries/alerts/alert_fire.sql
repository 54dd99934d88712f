-- The same trouble while it lasts is one row; its level only rises. What got worse goes by the worse event's rule, and
-- who had it silenced hears of it.
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
    (level, event, runbook, recovers, snoozed_until) = (
        select
            case when worse then excluded.level else a.level end,
            case when worse then excluded.event else a.event end,
            case when worse then excluded.runbook else a.runbook end,
            case when worse then excluded.recovers else a.recovers end,
            case when not worse then a.snoozed_until end
        from (
            select array_position(array['INFO', 'WARNING', 'CRITICAL'], excluded.level)
                > array_position(array['INFO', 'WARNING', 'CRITICAL'], a.level) as worse
        ) as compared
    ),
    title = excluded.title,
    message = excluded.message,
    detail = excluded.detail,
    execution_id = excluded.execution_id
returning alert_id, level, level_before, count, event, test
