-- With the table's own checks, so that a row it would refuse is named by COPY, with its line.
create temporary table if not exists {stage} (like {target} including constraints including defaults {discarded})
on commit delete rows
