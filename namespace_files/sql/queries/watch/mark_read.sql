select upto, detail, nullif(at, 'epoch') as at from ops.watch_marks where name = %(name)s
