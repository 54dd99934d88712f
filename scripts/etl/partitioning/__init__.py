"""An existing table of events becomes one that is partitioned by month, while it is read and written.

    inspect ─▶ shadow: partitioned copy, and a trigger that mirrors every write ─▶ copy block by block ─▶ compare, swap

Whatever kills it, the next run goes on: how far the copy is stands in the comment of the shadow table, written in the
transaction of each batch. Nobody is kept from reading but for the swap, whose wait for its lock is bounded.
"""
