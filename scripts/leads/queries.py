"""Statements of namespace_files/sql/queries/leads by their names, with values by theirs."""

from kit import queries

Row = queries.Row
_leads = queries.Queries("leads")
run, one, every = _leads.run, _leads.one, _leads.every
