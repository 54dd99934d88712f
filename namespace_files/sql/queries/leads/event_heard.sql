-- Since when HubSpot's properties have the values that its events told.
insert into leads.sync_rows as known (lead_id, heard)
values (%(lead_id)s, %(heard)s)
on conflict (lead_id) do update set heard = known.heard || excluded.heard
