-- Events that nobody has collected yet, answers that are due, and troubles that nobody was told of.
select (select count(*) from leads.inbox where state = 'waiting') as lead_events_waiting,
       (select coalesce(extract(epoch from now() - min(received_at)), 0) from leads.inbox where state = 'waiting')
           as lead_events_oldest_seconds,
       (select count(*) from leads.inbox where answer = 'due') as lead_answers_due,
       (select count(*) from leads.troubles where told_at is null) as lead_troubles_untold,
       coalesce((select case when until > now() then 1 else 0 end from leads.gate), 0) as lead_gate_closed
