-- How sure each field is, and where on the picture it came from.

alter table tickets.tickets
    -- field -> calibrated probability (0 to 1) that its value is right
    add column if not exists confidence jsonb not null default '{}',
    -- field -> {"text": as read, "box": [left, top, right, bottom]} in pixels of the stored image.jpg, or null
    add column if not exists evidence jsonb not null default '{}',
    -- degrees, counter-clockwise, by which the stored image.jpg must be turned to stand upright
    add column if not exists rotation smallint not null default 0 check (rotation in (0, 90, 180, 270));
