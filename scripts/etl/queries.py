"""Statements of namespace_files/sql/queries/etl by their names, with values by theirs."""

from kit import queries

Row = queries.Row
_etl = queries.Queries("etl")
run, one, every = _etl.run, _etl.one, _etl.every
