-- Receipts with what was read from them, what people made of that, and the raw readings; the newest first. A picture
-- that became several tickets is not among them, its parts are.
select t.ticket_id, t.verdict, t.reasons, t.receipt, t.confidence, t.evidence, t.rotation, t.image_uri, t.release,
       t.created_at, r.decision ->> 'action' as action, r.decided_via,
       coalesce(c.corrections, '{}'::jsonb) as corrections, a.attempts
from tickets.tickets t
join tickets.messages m using (ticket_id)
left join tickets.reviews r on r.ticket_id = t.ticket_id and r.state = 'applied'
left join lateral (
    -- Of several corrections of a field the first one tells what was read: the last key wins.
    select jsonb_object_agg(field, was order by id desc) as corrections
    from tickets.corrections
    where ticket_id = t.ticket_id
) c on true
join lateral (
    select jsonb_agg(jsonb_build_object('provider', provider, 'model', model, 'outcome', outcome, 'latency_ms', latency_ms,
                                        'cost_usd', cost_usd::text, 'raw', raw) order by ordinal) as attempts,
           bool_or(provider = 'ocr' and outcome = 'ok' and raw ? 'boxes') as has_boxes
    from tickets.attempts
    where ticket_id = t.ticket_id and execution_id = t.execution_id
) a on a.has_boxes
where not exists (select from tickets.messages p where p.parent_ticket_id = t.ticket_id)
  and (t.image_uri is not null or not %(with_picture)s)
  and (%(since)s::timestamptz is null or m.received_at >= %(since)s)
  and (%(sender)s::text is null or %(sender)s in (m.sender_id, m.sender_phone))
  and (c.corrections is not null or not %(only_corrected)s)
order by m.received_at desc, t.ticket_id desc
limit %(most)s
