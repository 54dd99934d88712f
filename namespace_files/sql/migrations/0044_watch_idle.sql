-- Runs that stood still and went on; and the runs of one trigger by their time, which runs_watch asks for every minute.

alter table ops.flow_runs add column if not exists idle_s double precision not null default 0;
comment on column ops.flow_runs.idle_s is 'Seconds in which it was paused, or had ended until somebody restarted it';
comment on column ops.flow_runs.run_s is 'Its first task''s start to its end, without idle_s';
create index if not exists flow_runs_that_ended_well on ops.flow_runs (namespace, flow_id, trigger, created_at desc)
    where state in ('SUCCESS', 'WARNING');
