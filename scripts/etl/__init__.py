"""The ETL chain: sources, contracts, the loader, and what watches over them."""
