"""PagerDuty: incidents by the Events API v2."""

from adapters.pagerduty.client import acknowledge, is_configured, resolve, trigger

__all__ = ["acknowledge", "is_configured", "resolve", "trigger"]
