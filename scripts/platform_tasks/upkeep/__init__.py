"""Retention: what may be deleted, deleted in bounded transactions by a run that a kill interrupts and that goes on."""
