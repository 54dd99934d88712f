insert into leads.leads as present (lead_id, manychat_id, email, phone, properties, stamps)
values (%(lead_id)s, %(manychat_id)s, %(email)s, %(phone)s, %(properties)s, %(stamps)s)
on conflict (lead_id) do update
    set manychat_id = excluded.manychat_id, email = excluded.email, phone = excluded.phone,
        properties = excluded.properties, stamps = excluded.stamps,
        updated_at = case when present.properties = excluded.properties then present.updated_at
                          else clock_timestamp() end
