"""etl_example: the task of its first half is `extract`, of its second `load`; `failed` is what follows on a failure."""
