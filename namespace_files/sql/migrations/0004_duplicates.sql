-- Receipts that were sent before: what a look-up needs to find them, and which one was the first.

alter table tickets.tickets add column if not exists perceptual_hash char(16);   -- dHash of the picture, 64 bits, hex
alter table tickets.tickets add column if not exists duplicate_of text
    references tickets.tickets (ticket_id) on delete set null;
alter table tickets.tickets add column if not exists duplicate_kind text
    check (duplicate_kind in ('exact', 'likely'));

create index if not exists tickets_image_sha256 on tickets.tickets (image_sha256) where verdict <> 'reject';
create index if not exists tickets_issued_on_total on tickets.tickets (issued_on, total) where verdict <> 'reject';
create index if not exists tickets_document on tickets.tickets (document_number, tax_id) where verdict <> 'reject';
create index if not exists tickets_duplicate_of on tickets.tickets (duplicate_of) where duplicate_of is not null;
create index if not exists messages_sender on tickets.messages (sender_id, sent_at);
