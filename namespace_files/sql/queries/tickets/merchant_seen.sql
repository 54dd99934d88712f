insert into tickets.merchants (tax_id, receipts, corrections)
values (%(tax_id)s, (not %(correction)s)::int, %(correction)s::int)
on conflict (tax_id) do update
set receipts = merchants.receipts + excluded.receipts, corrections = merchants.corrections + excluded.corrections,
    last_seen = clock_timestamp()
