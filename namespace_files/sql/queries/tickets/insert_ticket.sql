insert into tickets.tickets (ticket_id, verdict, reasons, provider, model, scores, confidence, evidence, rotation, receipt,
                             merchant, tax_id, issued_on, document_number, currency, total, tax_total, image_sha256,
                             release, execution_id)
values (%(ticket_id)s, %(verdict)s, %(reasons)s, %(provider)s, %(model)s, %(scores)s, %(confidence)s, %(evidence)s,
        %(rotation)s, %(receipt)s, %(merchant)s, %(tax_id)s, %(issued_on)s, %(document_number)s, %(currency)s, %(total)s,
        %(tax_total)s, %(image_sha256)s, %(release)s, %(execution_id)s)
on conflict (ticket_id) do nothing
