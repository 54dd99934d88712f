-- One that never told its end counts as failed after a minute: its process died.
update ops.console_actions set outcome = 'failed', code = 'ended_early'
where once = %(once)s and outcome = 'begun' and at < now() - interval '1 minute'
