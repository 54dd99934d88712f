"""Pages of the ETL flows: what they measured, what went wrong, where rows came from and went to."""
