-- What the sync knows of some leads: whether something is left, what hinders it, and what HubSpot has if that was seen.
insert into leads.sync_rows as known (lead_id, looked_at, problem, tries, seen, seen_at)
select given.lead_id, given.looked_at, given.problem, (given.problem is not null)::int,
    coalesce(given.seen, '{}'), given.seen_at
from jsonb_to_recordset(%(rows)s) as given (
    lead_id text, looked_at timestamptz, problem text, seen jsonb, seen_at timestamptz
)
join leads.leads using (lead_id)
order by given.lead_id
on conflict (lead_id) do update set
    looked_at = excluded.looked_at,
    problem = excluded.problem,
    tries = case when excluded.problem is null then 0 else known.tries + 1 end,
    seen = case when excluded.seen_at is null then known.seen else excluded.seen end,
    seen_at = coalesce(excluded.seen_at, known.seen_at)
