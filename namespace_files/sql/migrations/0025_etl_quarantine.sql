-- Rows of the quarantine that are tried again.

alter table etl_loads add column if not exists header text[];   -- the source's columns, which a quarantined row is read by
alter table etl_quarantine add column if not exists corrected text;   -- the row as a person set it right
alter table etl_quarantine add column if not exists attempts integer not null default 0;   -- replays that it was still bad in
comment on column etl_quarantine.corrected is 'The row as a person set it right: a replay takes it instead of raw, which stays as evidence';
