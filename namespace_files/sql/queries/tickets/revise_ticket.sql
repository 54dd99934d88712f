update tickets.tickets
set verdict = %(verdict)s, reasons = %(reasons)s, receipt = %(receipt)s, merchant = %(merchant)s, tax_id = %(tax_id)s,
    issued_on = %(issued_on)s, document_number = %(document_number)s, currency = %(currency)s, total = %(total)s,
    revision = revision + 1, updated_at = now()
where ticket_id = %(ticket_id)s
returning revision
