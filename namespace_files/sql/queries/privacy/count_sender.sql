select (select count(*) from subjects) as messages,
       (select count(*) from subjects where verdict = 'reject') as rejected,
       (select count(*) from subjects where verdict <> 'reject') as booked,
       (select count(*) from own_notices) as notices,
       (select count(*) from tickets.statuses where recipient_id in (select value from aliases)) as statuses,
       (select count(*) from tickets.attempts where ticket_id in (select ticket_id from subjects)) as readings,
       (select count(*) from tickets.deliveries where message_id in (select message_id from subjects)) as deliveries,
       (select count(*) from subjects where in_sheet) as sheet_rows,
       (select count(*) from own_executions) as executions
