-- Exports: which files hold which day of a table, and in which manifest.

create table if not exists etl_exports (
    export_id        bigint generated always as identity primary key,
    execution_id     text not null,
    dataset          text not null,
    source_table     text not null,              -- schema.table
    bucket           text not null,              -- its URI
    days             integer,                    -- written by this export
    files            integer,                    -- in the manifest
    rows             bigint,
    bytes            bigint,
    manifest         text,                       -- its key; null: not finished
    manifest_sha256  text,
    started_at       timestamptz not null default clock_timestamp(),
    finished_at      timestamptz
);
comment on table etl_exports is 'Every export, with the key and checksum of its manifest';

create table if not exists etl_export_files (
    bucket         text not null,
    key            text not null,                -- holds the first digits of the content's checksum
    source_table   text not null,
    day            date not null,
    rows           bigint not null,
    bytes          bigint not null,
    sha256         text not null,
    fingerprint    text not null,                -- of the day's rows in the table, whatever their order
    export_id      bigint not null references etl_exports on delete cascade,
    written_at     timestamptz not null default clock_timestamp(),
    superseded_at  timestamptz,                  -- another file holds the day, or it has no row any more
    primary key (bucket, key)
);
comment on table etl_export_files is 'Files of exports; of a day the one that is not superseded is valid';
create unique index if not exists etl_export_files_valid on etl_export_files (bucket, source_table, day)
    where superseded_at is null;
