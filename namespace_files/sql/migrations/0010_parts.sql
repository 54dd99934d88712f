-- Several receipts in one picture: each is a message of its own that knows its place in the parent's picture.

alter table tickets.messages add column if not exists parent_ticket_id text;
alter table tickets.messages add column if not exists part smallint check (part > 0);
alter table tickets.messages add column if not exists part_box jsonb;
comment on column tickets.messages.part_box is 'Left, top, right, bottom in pixels of the picture as stored with the parent';

create index if not exists messages_parts on tickets.messages (parent_ticket_id) where parent_ticket_id is not null;
