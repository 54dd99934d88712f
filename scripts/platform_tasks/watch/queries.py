"""Statements of namespace_files/sql/queries/watch by their names, with values by theirs."""

from kit import queries

Row = queries.Row
_watch = queries.Queries("watch")
run, one, every = _watch.run, _watch.one, _watch.every
