"""Statements of namespace_files/sql/queries/tickets by their names, with values by theirs."""

from kit import queries

Row = queries.Row
_tickets = queries.Queries("tickets")
run, one, every = _tickets.run, _tickets.one, _tickets.every
