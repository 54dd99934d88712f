-- Rows whose columns another key has: the row of the table that has them now, or else the first of the stage. Null is
-- like no other.
with rows as (
    select *, row_number() over (order by ctid) as n from {stage}
), numbered as (
    select *, first_value(row({key})) over (partition by {columns} order by n) as first from rows
)
select n
from numbered s
left join {target} t on {same}
where num_nulls({ours_columns}) = 0
  and case when t.{first_key} is null then s.first is distinct from row({ours})
           else row({theirs}) is distinct from row({ours}) end
order by n
