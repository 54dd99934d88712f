-- What a run did.
select audit_id, action, detail, created_at from etl_improved_audit where run_id = %(run_id)s order by audit_id limit 200
