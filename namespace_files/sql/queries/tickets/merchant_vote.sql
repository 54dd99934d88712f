insert into tickets.merchant_votes (tax_id, field, key, value, readings, corrections, corrected_at)
values (%(tax_id)s, %(field)s, %(key)s, %(value)s, (not %(correction)s)::int, %(correction)s::int,
        case when %(correction)s then clock_timestamp() end)
on conflict (tax_id, field, key) do update
set readings = merchant_votes.readings + excluded.readings,
    corrections = merchant_votes.corrections + excluded.corrections,
    corrected_at = coalesce(excluded.corrected_at, merchant_votes.corrected_at),
    -- A person's spelling stays against later readings.
    value = case when excluded.corrections > 0 or merchant_votes.corrections = 0
                 then excluded.value else merchant_votes.value end
