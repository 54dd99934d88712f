update ops.maintenance_runs set steps = steps || jsonb_build_object(%(step)s::text, %(done)s::jsonb)
where run_id = %(run_id)s
