"""A range of a dataset, brought window by window, each of them once, and proven afterwards. Start at `run_backfill`."""
