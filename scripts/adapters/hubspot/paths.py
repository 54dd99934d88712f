"""Paths of the API by version: a date such as `2026-09`, or `v3` of the family before it (until September 2027)."""

from __future__ import annotations

import re
from urllib.parse import quote

from kit.errors import ConfigurationError

_DATED = re.compile(r"\d{4}-\d{2}")
_NUMBERED = re.compile(r"v\d+")


def objects(version: str, *parts: str) -> str:
    """`crm/objects/2026-09/contacts/…`, or `crm/v3/objects/contacts/…`."""
    return _path(version, "objects", ("contacts", *parts))


def properties(version: str, *parts: str) -> str:
    """`crm/properties/2026-09/contacts/…`, or `crm/v3/properties/contacts/…`."""
    return _path(version, "properties", ("contacts", *parts))


def _path(version: str, family: str, parts: tuple[str, ...]) -> str:
    if _DATED.fullmatch(version):
        head = ("crm", family, version)
    elif _NUMBERED.fullmatch(version):
        head = ("crm", version, family)
    else:
        raise ConfigurationError(
            f"{version!r} is no version of HubSpot's API.",
            next_action="Set OPSFLOWS_HUBSPOT_API_VERSION to a date such as 2026-09, or to v3.",
            provider="hubspot",
        )
    return "/".join((*head, *(quote(part, safe="") for part in parts)))
