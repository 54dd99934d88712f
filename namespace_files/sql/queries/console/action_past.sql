-- Whoever presses again on a page that was drawn after the last press has seen what came of it, and means another one.
update ops.console_actions set once = once || ' ' || action_id
where once = %(once)s and outcome = 'done' and action_id <= %(drawn)s
