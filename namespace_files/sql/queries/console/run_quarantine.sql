-- Rows of a run that were not good enough, by reason.
select dataset, code, state, count(*) as rows from etl_quarantine where load_id = %(load_id)s
group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit 50
