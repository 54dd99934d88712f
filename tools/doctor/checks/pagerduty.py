"""PagerDuty: whether the routing key is taken. The end of an incident that never was tells nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.pagerduty import client
from kit import http
from tools.doctor.model import Finding, absent, ok
from tools.doctor.trouble import Advice, Advices, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.doctor.surroundings import Surroundings

NAME = "pagerduty"
TITLE = "PagerDuty"
_PAGE: Final = "setup/pagerduty.md#routing-key"
_KEY = Advice(
    "PagerDuty does not take the routing key: {error}",
    "Copy the Integration Key of an Events API V2 integration into secrets/PAGERDUTY_ROUTING_KEY.",
    _PAGE,
)
ADVICE: Advices = {"pagerduty_routing_key": _KEY, Trouble.AUTHENTICATION: _KEY}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Send an end that changes nothing."""
    key = where.secret(client.SECRET)
    if not key:
        text = "PAGERDUTY_ROUTING_KEY is not set: a critical alert is a Slack message and a mail."
        yield absent("routing_key", text, "To wake somebody, make an Events API V2 integration.", "setup/pagerduty.md")
        return
    calls = http.Client(
        client.PROVIDER, where.settings.pagerduty_base_url, policy=where.policy(), classify=client.classify
    )
    event = {"routing_key": key, "event_action": "resolve", "dedup_key": "opsflows-doctor"}
    calls.request("POST", "v2/enqueue", json=event, keyed=True)
    yield ok("routing_key", "The routing key is taken.")
