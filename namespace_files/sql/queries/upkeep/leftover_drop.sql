drop table if exists {table};
drop function if exists {function}()
