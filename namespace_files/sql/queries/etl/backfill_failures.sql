-- Windows that failed for what may pass, such as a source that is away.
select count(*) as failed from etl_backfill_windows where backfill_id = %(backfill_id)s and state = 'failed' and passes
