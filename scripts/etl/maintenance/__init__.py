"""The weekly upkeep of the ETL tables: retention, space, statistics, and a report of what was found.

    rows past their time ─▶ months past their time ─▶ leftovers ─▶ views ─▶ VACUUM ANALYZE ─▶ report

Nobody waits for it: partitions are detached beside readers, locks are asked for fifty milliseconds at a time, and what
a load holds is left for the next run. A run that was killed goes on where it stood.
"""
