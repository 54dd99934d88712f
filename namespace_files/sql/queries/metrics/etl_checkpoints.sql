-- How far behind each source is read.
select source, consumer, extract(epoch from now() - watermark) as etl_checkpoint_lag_seconds
from etl_checkpoints
where watermark is not null
order by 3 desc
