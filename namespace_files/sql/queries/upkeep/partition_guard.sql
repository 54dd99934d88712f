-- Conflicts with whoever writes to it, not with readers; not waited for.
lock table {partition} in share row exclusive mode nowait
