update ops.flow_schedules set next_at = %(next_at)s
where (namespace, flow_id, trigger_id) = (%(namespace)s, %(flow_id)s, %(trigger_id)s)
