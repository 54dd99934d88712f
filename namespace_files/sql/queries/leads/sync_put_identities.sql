-- Fails when somebody else was given one of them meanwhile: the page is then looked at again.
insert into leads.identities as known (kind, value, lead_id)
select kind, value, lead_id from jsonb_to_recordset(%(rows)s) as given (kind text, value text, lead_id text)
where not exists (
    select from leads.identities mine
    where mine.kind = given.kind and mine.value = given.value and mine.lead_id = given.lead_id
)
order by kind, value
