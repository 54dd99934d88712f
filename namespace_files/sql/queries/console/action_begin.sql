insert into ops.console_actions (once, person, action, target, detail, client)
values (%(once)s, %(person)s, %(action)s, %(target)s, %(detail)s, %(client)s)
on conflict (once) where outcome <> 'failed' do nothing
returning action_id
