select action_id, at, person, action, target, outcome, code
from ops.console_actions order by at desc limit %(most)s
