select key from ops.alerts where state = 'firing' and not test and event = any (%(events)s)
