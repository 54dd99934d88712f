-- Leads whose contact a full run met.
insert into leads.sync_rows (lead_id, full_run)
select lead_id, %(run_id)s from unnest(%(leads)s::text[]) as met (lead_id) order by lead_id
on conflict (lead_id) do update set full_run = excluded.full_run
