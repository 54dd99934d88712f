select * from ops.flow_schedules order by namespace, flow_id, trigger_id
