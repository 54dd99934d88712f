select tax_id, name, name_source, category, category_source, currency, tax_rates, total_row, receipts, corrections, last_seen
from tickets.merchants
where tax_id = %(tax_id)s
