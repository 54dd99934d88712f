delete from ops.flow_schedules kept
where not exists (
    select from jsonb_to_recordset(%(rows)s) as new (namespace text, flow_id text, trigger_id text)
    where (new.namespace, new.flow_id, new.trigger_id) = (kept.namespace, kept.flow_id, kept.trigger_id)
)
