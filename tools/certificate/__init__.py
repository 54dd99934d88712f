"""The birth certificate of a ticket: from its webhook to each of its effects."""
