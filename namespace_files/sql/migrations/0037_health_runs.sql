-- How often in a row a check of health was not well: a provider is told of when it fails twice.
alter table ops.health_checks add column if not exists failures integer not null default 0;
