select load_id
from etl_loads
where load_id = %(load_id)s and target = %(target)s and load_window = %(window)s
    and state in ('checking', 'publishing')
