-- Everybody whom an address, a number or an id of ManyChat or HubSpot names.
select lead_id, hubspot_id from leads.leads
where email = %(who)s or phone = %(who)s or manychat_id = %(who)s or hubspot_id = %(who)s
   or lead_id in (select lead_id from leads.identities where value = %(who)s)
order by lead_id for update
