"""Statements of namespace_files/sql/queries/alerts by their names, with values by theirs."""

from kit import queries

Row = queries.Row
_alerts = queries.Queries("alerts")
run, one, every = _alerts.run, _alerts.one, _alerts.every
