drop trigger etl_mirror on {table};
drop function {function}();
comment on table {shadow} is null;
