"""Receipts that people looked at, as labelled examples for `benchmarks/receipts.py`."""
