"""Alerts: what goes wrong is told once, with its cause and the next step (docs/alerts.md).

events.py   what happened, and which trouble it belongs to
rules.py    config/alerts.yaml
book.py     ops.alerts: fire, resolve, acknowledge, snooze, escalate
deliver.py  ops.alert_deliveries: sends what waits, each thing at most once
"""
