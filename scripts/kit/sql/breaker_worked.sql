-- A success while it is open counts only as the probe's: others were begun before it opened.
update ops.breakers
set state = 'closed', failures = 0, failed_at = null, code = null, opened_at = null, cooldown_s = null,
    probe_at = null, probe_by = null
where provider = %(provider)s and (state = 'closed' and failures > 0 or state = 'open' and probe_by = %(call)s)
returning 1 as changed
