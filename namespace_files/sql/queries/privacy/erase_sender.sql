-- Everything that names the sender, in the tables of find_sender.sql's transaction.
delete from tickets.notices where notice_id in (select notice_id from own_notices);
delete from tickets.statuses
where recipient_id in (select value from aliases)
   or message_id in (select e.result ->> 'message_id' from ops.effects e
                     where e.kind = 'whatsapp.text' and split_part(e.key, ':', 2) in (select ticket_id from subjects));
-- WhatsApp's ids of messages hold the phone number, in base64.
update ops.effects set result = '{}'
where kind like 'whatsapp.%%'
  and (split_part(key, ':', 2) in (select ticket_id from subjects)
       or split_part(key, ':', 2) in (select m.batch_id from tickets.batch_members m
                                      where m.ticket_id in (select ticket_id from subjects)));
-- Answers to texts have WhatsApp's id in their key; the claim on the text keeps it from being answered again.
delete from ops.effects where key in (select 'reply:' || notice_id from own_notices);
delete from ops.claims
where key in (select 'whatsapp:' || notice_id from own_notices) and created_at < now() - interval '8 days';
-- A claim keeps a repeated delivery from bringing the message back; WhatsApp repeats for seven days.
delete from ops.claims
where key in (select 'whatsapp:' || message_id from subjects) and created_at < now() - interval '8 days';
delete from tickets.deliveries where message_id in (select message_id from subjects);
update tickets.attempts set raw = null where ticket_id in (select ticket_id from subjects);
update tickets.tickets t
set evidence = '{}',
    image_uri = case when %(keep_documents)s and t.verdict <> 'reject' then t.image_uri end,
    document_uri = case when %(keep_documents)s and t.verdict <> 'reject' then t.document_uri end,
    updated_at = now()
where ticket_id in (select ticket_id from subjects);
-- Nothing was booked of a picture that is no receipt, so nothing of it must be kept.
update tickets.tickets
set receipt = '{}', merchant = null, tax_id = null, issued_on = null, document_number = null, currency = null,
    total = null, tax_total = null, image_sha256 = null, perceptual_hash = null
where ticket_id in (select ticket_id from subjects where verdict = 'reject');
update tickets.reviews set decided_by = %(stand_in)s
where decided_by in (select value from aliases)
   or decided_via = 'whatsapp' and ticket_id in (select ticket_id from subjects);
update tickets.corrections set by = %(stand_in)s
where by in (select value from aliases) or via = 'whatsapp' and ticket_id in (select ticket_id from subjects);
-- What was spent still counts for the cap of its day.
insert into ops.spend (day, provider, model, sender, calls, tokens_in, tokens_out, cost_usd)
select day, provider, model, %(stand_in)s, sum(calls), sum(tokens_in), sum(tokens_out), sum(cost_usd)
from ops.spend where sender in (select value from aliases) group by day, provider, model;
delete from ops.spend where sender in (select value from aliases);
update tickets.batches set sender_id = %(stand_in)s where sender_id in (select value from aliases);
update tickets.messages
set message_id = 'erased:' || ticket_id, sender_id = %(stand_in)s, sender_phone = null, sender_name = null,
    caption = null, media = '{}',
    state = case when state = 'done' then state else 'failed' end,
    last_error = case when state = 'done' then last_error else 'erased' end,
    next_attempt_at = case when state = 'done' then next_attempt_at end,
    finished_at = coalesce(finished_at, now())
where ticket_id in (select ticket_id from subjects)
