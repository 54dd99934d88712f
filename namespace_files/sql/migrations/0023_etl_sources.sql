-- How far each source has been read, for each use of it.
create table if not exists etl_checkpoints (
    source        text not null,                 -- its name in namespace_files/config/sources.json
    consumer      text not null,                 -- who reads it: a flow, or a target
    watermark     timestamptz,                   -- the end of the last window that is where it belongs
    key           jsonb not null default '[]',   -- key of its last row
    rows          bigint not null default 0,     -- of that window
    execution_id  text not null,
    updated_at    timestamptz not null default clock_timestamp(),
    primary key (source, consumer)
);
comment on table etl_checkpoints is 'How far sources have been read; moved on only when the rows were published';
