select run_id, mode, state, phase, counts, started_at, finished_at, execution_id
from leads.sync_runs order by run_id desc limit %(most)s
