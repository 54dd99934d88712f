select name from ops.health_checks where not name = any (%(names)s)
