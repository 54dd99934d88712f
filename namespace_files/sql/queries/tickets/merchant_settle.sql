-- What is remembered: the latest correction, else the value on which at least two readings and two thirds agree.
with votes as (
    select field, key, value, readings, corrections, corrected_at, sum(readings) over (partition by field) as of_all
    from tickets.merchant_votes
    where tax_id = %(tax_id)s
), chosen as (
    select distinct on (field) field, value, case when corrections > 0 then 'correction' else 'readings' end as source
    from votes
    where corrections > 0 or (readings >= 2 and readings * 3 >= of_all * 2)
    order by field, corrected_at desc nulls last, readings desc, key
)
update tickets.merchants
set name = (select value from chosen where field = 'name'),
    name_source = (select source from chosen where field = 'name'),
    category = (select value from chosen where field = 'category'),
    category_source = (select source from chosen where field = 'category'),
    currency = (select value from chosen where field = 'currency'),
    total_row = (select value from chosen where field = 'total_row'),
    tax_rates = coalesce((select array_agg(value::numeric order by value::numeric) from votes where field = 'tax_rate'),
                         '{}')
where tax_id = %(tax_id)s
