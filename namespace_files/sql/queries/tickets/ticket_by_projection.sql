-- A row of the sheet by its number, or a document by its address.
select ticket_id
from tickets.tickets
where document_uri = %(document_uri)s
   or substring(sheet_range from '!\$?[A-Z]+\$?([0-9]+)') = %(row)s
order by created_at desc
limit 1
