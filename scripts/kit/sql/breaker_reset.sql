update ops.breakers
set state = 'closed', failures = 0, failed_at = null, code = null, opened_at = null, cooldown_s = null,
    probe_at = null, probe_by = null
where provider = %(provider)s
