-- Copies that a killed replay left: their originals are open, and tried again.
delete from etl_quarantine where load_id like 'replay:%%' and state = 'open'
