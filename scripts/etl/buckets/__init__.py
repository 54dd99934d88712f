"""Where files of the ETL flows lie: S3, or a folder that all workers see. Start at `etl.buckets.opening`."""
