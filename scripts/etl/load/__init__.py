"""The loader: validate → quarantine → gate → publish, a chunk a transaction. Start at `etl.load.run`."""
