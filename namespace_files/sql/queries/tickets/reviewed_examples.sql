-- Receipts that a person approved, the newest first, with what had been read where they changed it.
select t.ticket_id, t.image_uri, t.merchant, t.issued_on, t.total, t.currency, t.tax_id, t.document_number,
       coalesce(c.corrections, '{}'::jsonb) as corrections
from tickets.tickets t
join tickets.reviews r using (ticket_id)
left join lateral (
    select jsonb_object_agg(field, was order by id) as corrections
    from tickets.corrections
    where ticket_id = t.ticket_id
) c on true
where r.state = 'applied' and t.verdict = 'accept' and t.image_uri is not null
  and t.merchant is not null and t.issued_on is not null and t.total is not null
order by r.applied_at desc
limit %(most)s
