-- Tickets that may be the same receipt: those that are no duplicates first, then the oldest. A ticket that waited for
-- the lock began before the one that it waited for, so the time alone would not tell. Each branch has an index.
with found as (
    select ticket_id
    from tickets.tickets
    where verdict <> 'reject'
      and (image_sha256 = %(image_sha256)s
           or (issued_on = %(issued_on)s and total = %(total)s)
           or (document_number = %(document_number)s and tax_id = %(tax_id)s))
    union
    -- The sender's own pictures that look alike.
    select t.ticket_id
    from tickets.messages m
    join tickets.tickets t using (ticket_id)
    where m.sender_id = %(sender_id)s
      and m.sent_at between %(sent_at)s - make_interval(days => %(days)s)
                        and %(sent_at)s + make_interval(days => %(days)s)
      and t.verdict <> 'reject'
      and bit_count(('x' || t.perceptual_hash)::bit(64) # ('x' || %(perceptual_hash)s)::bit(64)) <= %(most_bits)s
)
select t.ticket_id, t.merchant, t.tax_id, t.issued_on, t.receipt ->> 'issued_time' as issued_time, t.document_number,
       t.currency, t.total, t.image_sha256, t.perceptual_hash
from found
join tickets.tickets t using (ticket_id)
where t.ticket_id <> %(ticket_id)s
order by t.duplicate_of is not null, t.created_at, t.ticket_id
limit 500
