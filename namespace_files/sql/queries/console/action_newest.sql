-- The newest action, or the one before the oldest that is still at work: nobody has seen yet what comes of that.
select coalesce(
    (select min(action_id) - 1 from ops.console_actions
     where at > now() - interval '1 minute' and outcome = 'begun'),
    (select max(action_id) from ops.console_actions),
    0
) as action_id
