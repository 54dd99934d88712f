-- Of one key's rows the latest event; of one event's the row that came last.
(select distinct on ({key}) * from {stage} order by {key}, {version} ctid desc)
