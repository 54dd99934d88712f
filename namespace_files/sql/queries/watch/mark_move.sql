-- A mark that only moved has not ended well yet.
insert into ops.watch_marks (name, upto, at) values (%(name)s, %(upto)s, 'epoch')
on conflict (name) do update set upto = greatest(watch_marks.upto, excluded.upto)
