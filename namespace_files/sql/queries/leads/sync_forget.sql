-- Old lines of the log, of HubSpot's events and of finished runs.
with old_log as (
    delete from leads.sync_log where at < clock_timestamp() - make_interval(days => %(days)s) returning 1
), old_events as (
    delete from leads.hubspot_events where received_at < clock_timestamp() - make_interval(days => %(days)s) returning 1
), old_runs as (
    delete from leads.sync_runs r where r.finished_at < clock_timestamp() - make_interval(days => %(days)s)
        and r.until < (select max(until) from leads.sync_runs where state = 'done') returning 1
)
select (select count(*) from old_log) + (select count(*) from old_events) + (select count(*) from old_runs) as forgotten
