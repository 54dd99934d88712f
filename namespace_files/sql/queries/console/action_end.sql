update ops.console_actions set outcome = %(outcome)s, code = %(code)s, detail = detail || %(detail)s
where action_id = %(action_id)s
