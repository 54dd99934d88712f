-- Only what is new or changed reaches the insert, so a replay touches no row; ON CONFLICT guards against a row that
-- somebody else inserted meanwhile. An older event never replaces a newer one.
with diff as materialized (
    select {staged}, t.{first_key} is null as is_new
    from {rows} s
    left join {target} t on {same_key}
    where t.{first_key} is null or ({not_older} and ({staged}) is distinct from ({stored}))
), written as (
    insert into {target} as t ({columns})
    select {columns} from diff
    {on_conflict}
)
select count(*) filter (where is_new) as inserted, count(*) filter (where not is_new) as updated from diff
