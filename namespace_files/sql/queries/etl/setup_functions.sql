select to_regprocedure('public.etl_create_events(text, text)') is not null as there
