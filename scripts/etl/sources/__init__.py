"""Where the rows of a dataset come from. Start at `etl.sources.opening`; docs/etl-sources.md tells the rest."""
