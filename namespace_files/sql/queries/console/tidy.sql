with ended as (
    delete from ops.console_sessions where ends_at < clock_timestamp() - interval '1 day'
)
delete from ops.console_actions where at < clock_timestamp() - interval '365 days'
