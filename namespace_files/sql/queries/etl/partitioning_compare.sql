select count(*) as rows, coalesce(sum(hashtextextended(row({columns})::text, 0)::numeric), 0)::text as checksum from {table}
