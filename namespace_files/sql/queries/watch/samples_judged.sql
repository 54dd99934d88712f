update ops.baseline_samples kept
set verdict = new.verdict
from jsonb_to_recordset(%(rows)s) as new (key text, verdict text)
where kept.series = %(series)s and kept.key = new.key and kept.verdict <> new.verdict
