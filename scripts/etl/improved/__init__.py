"""etl_improved: a module a step, and what the steps share."""
