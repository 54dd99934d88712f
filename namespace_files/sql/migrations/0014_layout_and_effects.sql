-- Where a merchant's receipts print the total: the row as it was read last.
alter table tickets.merchants add column if not exists total_row text;

alter table tickets.merchant_votes drop constraint if exists merchant_votes_field_check;
alter table tickets.merchant_votes add constraint merchant_votes_field_check
    check (field in ('name', 'category', 'currency', 'tax_rate', 'total_row'));

-- What was done for one ticket or burst is looked up by the second part of its key, as in answer:T-7QK2M4X9AB:r2.
create index if not exists effects_subject on ops.effects (split_part(key, ':', 2));
