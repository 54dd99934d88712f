select obj_description(to_regclass(%(shadow)s), 'pg_class') as state, to_regclass(%(shadow)s) is not null as there
