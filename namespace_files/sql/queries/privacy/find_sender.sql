-- Under which names a sender is known, and what is theirs, for the rest of this transaction. A person whose phone
-- number came with some messages and whose user id with others is one person.
create temporary table aliases (value text primary key) on commit drop;
insert into aliases
with recursive known (value) as (
    select %(sender)s
    union
    select other.value
    from known
    join tickets.messages m on m.sender_id = known.value or m.sender_phone = known.value
    cross join lateral (values (m.sender_id), (m.sender_phone)) other (value)
    where other.value is not null
)
select value from known;

create temporary table subjects on commit drop as
select m.message_id, m.ticket_id, m.state as message_state, t.verdict, t.total, t.currency, t.issued_on,
       t.sheet_range is not null as in_sheet
from tickets.messages m
left join tickets.tickets t using (ticket_id)
where m.sender_id in (select value from aliases) or m.sender_phone in (select value from aliases);

create temporary table own_notices on commit drop as
select n.notice_id, n.execution_id
from tickets.notices n
where n.sender_id in (select value from aliases)
   or exists (select 1 from aliases a where length(a.value) >= 6 and strpos(n.payload::text, a.value) > 0);

-- Pictures and documents of booked receipts stay when they are to be kept: with the executions that hold them.
create temporary table own_executions on commit drop as
with found (execution_id) as (
    select x.execution_id from tickets.executions x where x.ticket_id in (select ticket_id from subjects)
    union select m.execution_id from tickets.messages m where m.ticket_id in (select ticket_id from subjects)
    union select t.execution_id from tickets.tickets t where t.ticket_id in (select ticket_id from subjects)
    union select a.execution_id from tickets.attempts a where a.ticket_id in (select ticket_id from subjects)
    union select r.execution_id from tickets.reviews r where r.ticket_id in (select ticket_id from subjects)
    union select d.execution_id from tickets.deliveries d where d.message_id in (select message_id from subjects)
    union select n.execution_id from own_notices n
    union select substring(t.image_uri from '/executions/([^/]+)/') from tickets.tickets t
          where t.ticket_id in (select ticket_id from subjects)
    union select substring(t.document_uri from '/executions/([^/]+)/') from tickets.tickets t
          where t.ticket_id in (select ticket_id from subjects)
), kept (execution_id) as (
    select substring(uri from '/executions/([^/]+)/')
    from tickets.tickets t
    join subjects s using (ticket_id)
    cross join lateral (values (t.image_uri), (t.document_uri)) addresses (uri)
    where %(keep_documents)s and s.verdict <> 'reject'
)
select execution_id
from found
where execution_id is not null and execution_id not in (select execution_id from kept where execution_id is not null)
