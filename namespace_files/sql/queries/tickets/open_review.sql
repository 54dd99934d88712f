-- A review that is there stays as it is, except that one which expired may be opened again.
insert into tickets.reviews as r (review_id, ticket_id, execution_id, expires_at)
values (%(review_id)s, %(ticket_id)s, %(execution_id)s, %(expires_at)s)
on conflict (ticket_id) do update
set state = 'open', execution_id = excluded.execution_id, opened_at = now(), expires_at = excluded.expires_at,
    reminded = 0, reminded_at = null, escalated_at = null, finished_at = null, attempts = 0, next_attempt_at = null
where %(reopen)s and r.state = 'expired' and r.execution_id <> excluded.execution_id
