select result
from ops.claims
where key = %(key)s and state = 'done'
