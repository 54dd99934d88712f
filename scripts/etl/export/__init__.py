"""A table as Parquet files, a day each, written once, with a manifest. Start at `etl.run_export`."""
