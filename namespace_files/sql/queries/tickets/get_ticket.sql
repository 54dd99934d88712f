select t.ticket_id, t.verdict, t.reasons, t.provider, t.model, t.scores, t.confidence, t.evidence, t.rotation,
       t.receipt, t.merchant, t.tax_id, t.issued_on, t.document_number, t.currency, t.total, t.tax_total,
       t.image_sha256, t.image_uri, t.document_uri, t.sheet_range, t.sheet_error, t.revision, t.release, t.execution_id,
       t.created_at, m.message_id, m.sender_id, m.sender_phone, m.sender_name, m.phone_number_id, m.caption, m.sent_at,
       m.received_at, t.duplicate_of, t.duplicate_kind, f.sent_at as duplicate_sent_at,
       t.category, t.account
from tickets.tickets t
join tickets.messages m using (ticket_id)
left join tickets.messages f on f.ticket_id = t.duplicate_of
where t.ticket_id = %(ticket_id)s
