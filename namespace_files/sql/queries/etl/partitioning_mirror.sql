create or replace function {function}() returns trigger language plpgsql as $mirror$
begin
    if tg_op <> 'INSERT' then
        delete from {shadow} where event_id = old.event_id and occurred_at = old.occurred_at;
    end if;
    if tg_op <> 'DELETE' then
        begin
            insert into {shadow} ({columns}) values ({new_columns});
        exception when check_violation then  -- the first row of its month
            perform public.create_monthly_partition(
                (new.occurred_at at time zone 'UTC')::date, {shadow_name}, {schema_name});
            insert into {shadow} ({columns}) values ({new_columns});
        end;
    end if;
    return null;
end $mirror$;
create or replace trigger etl_mirror after insert or update or delete on {table}
    for each row execute function {function}();
