update leads.inbox
set answer_tries = answer_tries + 1,
    answer = case when %(state)s = 'due' and answer_tries + 1 >= %(most_tries)s then 'failed' else %(state)s end
where key = any(%(keys)s)
