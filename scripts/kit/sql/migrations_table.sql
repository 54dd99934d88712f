create schema if not exists ops;
create table if not exists ops.schema_migrations (
    version     integer primary key,
    name        text not null,
    sha256      text not null,
    applied_at  timestamptz not null default clock_timestamp()
);
comment on table ops.schema_migrations is 'Which migrations were applied, and the checksum of each file as it was then'
