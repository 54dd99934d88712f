-- The receipts of a month by their own date; apart: those that wait for a person, and those that came late, that is,
-- in this month for an earlier one. Days of arrival are those of the company's time zone.
with dated as (
    select t.*, coalesce(m.sender_name, m.sender_phone, m.sender_id) as person, m.sender_id, m.received_at,
           (m.received_at at time zone %(timezone)s)::date as arrived_on
    from tickets.tickets t
    join tickets.messages m using (ticket_id)
    where t.verdict in ('accept', 'review')
      and (t.issued_on >= %(first)s and t.issued_on < %(next)s
           or m.received_at >= %(first)s::date - 1 and m.received_at < %(next)s::date + 1)
), sorted as (
    select d.*,
           case when d.verdict = 'review' then 'review' when d.issued_on < %(first)s then 'late' else 'accepted' end as part,
           case when d.issued_on < %(first)s then d.arrived_on else coalesce(d.issued_on, d.arrived_on) end as day
    from dated d
)
select s.part, s.ticket_id, s.issued_on, s.merchant, s.tax_id, s.document_number, s.currency, s.total, s.tax_total,
       s.receipt -> 'taxes' as taxes, s.receipt ->> 'payment_method' as payment_method,
       s.category, s.account, s.person, s.sender_id
from sorted s
where s.day >= %(first)s and s.day < %(next)s
order by s.person, s.sender_id, s.issued_on, s.ticket_id
