"""Each provider's own errors by code: what faults answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.providers.google import errors as google
from local.providers.hubspot import errors as hubspot
from local.providers.manychat import errors as manychat
from local.providers.openai import errors as openai
from local.providers.pagerduty import errors as pagerduty
from local.providers.shop import errors as shop
from local.providers.slack import errors as slack
from local.providers.vault import errors as vault
from local.providers.whatsapp import errors as whatsapp

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.providers.answers import Answer

_BY_CODE: dict[str, Callable[[str, str], Answer]] = {
    "whatsapp": lambda _route, code: whatsapp.by_code(int(code)),
    "openai": lambda _route, code: openai.by_code(code),
    "google": lambda _route, code: google.by_status(code),
    "slack": slack.by_text,
    "hubspot": lambda _route, code: hubspot.by_code(code),
    "manychat": lambda _route, code: manychat.by_code(code),
    "shop": lambda _route, code: shop.by_code(code),
    "vault": lambda _route, code: vault.by_code(code),
    "pagerduty": lambda _route, code: pagerduty.by_code(code),
}
_BY_STATUS: dict[str, Callable[[str, int], Answer]] = {
    "whatsapp": lambda _route, status: whatsapp.by_http_status(status),
    "openai": lambda _route, status: openai.by_http_status(status),
    "google": lambda _route, status: google.by_http_status(status),
    "slack": slack.by_http_status,
    "hubspot": lambda _route, status: hubspot.by_http_status(status),
    "manychat": lambda _route, status: manychat.by_http_status(status),
    "shop": lambda _route, status: shop.by_http_status(status),
    "vault": lambda _route, status: vault.by_http_status(status),
    "pagerduty": lambda _route, status: pagerduty.by_http_status(status),
}


def error(provider: str, route: str, code: str) -> Answer:
    """The answer for a provider's error code."""
    return _BY_CODE[provider](route, code)


def status(provider: str, route: str, http_status: int) -> Answer:
    """The answer that a provider usually gives with an HTTP status."""
    return _BY_STATUS[provider](route, http_status)
