-- What is not set up any more has no state.
delete from ops.health_checks where name = any (%(names)s)
