-- What HubSpot took.
with given as (
    select * from jsonb_to_recordset(%(rows)s) as rows (
        lead_id text, hubspot_id text, sent jsonb, seen jsonb, problem text, hubspot_updated_at timestamptz
    )
), seen as (
    insert into leads.sync_rows as known (lead_id, seen, seen_at)
    select lead_id, given.seen, hubspot_updated_at from given order by lead_id
    on conflict (lead_id) do update set seen = excluded.seen, seen_at = greatest(known.seen_at, excluded.seen_at)
)
update leads.leads l set
    hubspot_id = given.hubspot_id,
    sent = l.sent || given.sent,
    state = 'synced',
    problem = given.problem,
    sent_at = clock_timestamp(),
    hubspot_updated_at = greatest(l.hubspot_updated_at, given.hubspot_updated_at)
from given
where l.lead_id = given.lead_id
