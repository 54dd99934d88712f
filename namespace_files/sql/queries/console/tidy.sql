with ended as (
    delete from ops.console_sessions where ends_at < now() - interval '1 day'
)
delete from ops.console_actions where at < now() - interval '365 days'
