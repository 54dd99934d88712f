select count(*) as rows, count(*) filter (where occurred_at is null) as without_time,
       array_remove(array_agg(distinct date_trunc('month', occurred_at at time zone 'UTC')::date), null) as months
from {table}
