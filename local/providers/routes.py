"""Names of the providers' routes: faults are set, and calls are looked up, by these names."""

from __future__ import annotations

import re
from typing import NamedTuple


class Named(NamedTuple):
    """A request that belongs to a provider."""

    provider: str
    route: str


_V = r"/whatsapp/v\d+\.\d+"
_SHEET = r"/google/v4/spreadsheets/[^/:]+"
# Both families of HubSpot's paths: by date, and v3.
_CONTACTS = r"/hubspot/crm/(?:objects/202\d-0[39]|v3/objects)/contacts"
_PROPERTIES = r"/hubspot/crm/(?:properties/202\d-0[39]|v3/properties)/contacts"

# In the order in which they are tried. `other` catches what a provider does not have, so that it is logged as well.
TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("whatsapp", "media.download", "GET", r"/whatsapp/_media/.*"),
    ("whatsapp", "media.upload", "POST", rf"{_V}/[^/]+/media"),
    ("whatsapp", "messages", "POST", rf"{_V}/[^/]+/messages"),
    ("whatsapp", "debug_token", "GET", rf"{_V}/debug_token"),
    ("whatsapp", "phone_numbers", "GET", rf"{_V}/[^/]+/phone_numbers"),
    ("whatsapp", "subscribed_apps", "GET", rf"{_V}/[^/]+/subscribed_apps"),
    ("whatsapp", "subscriptions", "GET", rf"{_V}/[^/]+/subscriptions"),
    ("whatsapp", "media.get", "GET", rf"{_V}/[^/]+"),
    ("whatsapp", "media.delete", "DELETE", rf"{_V}/[^/]+"),
    ("openai", "chat.completions", "POST", r"/openai/v1/chat/completions"),
    ("openai", "models", "GET", r"/openai/v1/models"),
    ("openai", "models.get", "GET", r"/openai/v1/models/.+"),
    ("google", "token", "POST", r"/google/token"),
    ("google", "spreadsheets.create", "POST", r"/google/v4/spreadsheets"),
    ("google", "spreadsheets.batchUpdate", "POST", rf"{_SHEET}:batchUpdate"),
    ("google", "spreadsheets.get", "GET", _SHEET),
    ("google", "values.batchGet", "GET", rf"{_SHEET}/values:batchGet"),
    ("google", "values.batchUpdate", "POST", rf"{_SHEET}/values:batchUpdate"),
    ("google", "values.batchClear", "POST", rf"{_SHEET}/values:batchClear"),
    ("google", "values.append", "POST", rf"{_SHEET}/values/.*:append"),
    ("google", "values.clear", "POST", rf"{_SHEET}/values/.*:clear"),
    ("google", "values.get", "GET", rf"{_SHEET}/values/.*"),
    ("google", "values.update", "PUT", rf"{_SHEET}/values/.*"),
    ("google", "drive.list", "GET", r"/google/drive/v3/files"),
    ("google", "drive.create", "POST", r"/google/drive/v3/files"),
    ("slack", "chat.postMessage", "POST", r"/slack/api/chat\.postMessage"),
    ("slack", "chat.update", "POST", r"/slack/api/chat\.update"),
    ("slack", "auth.test", "POST", r"/slack/api/auth\.test"),
    ("slack", "conversations.info", "GET", r"/slack/api/conversations\.info"),
    ("slack", "conversations.history", "GET", r"/slack/api/conversations\.history"),
    ("slack", "webhook", "POST", r"/slack/services/.*"),
    ("pagerduty", "enqueue", "POST", r"/pagerduty/v2/enqueue"),
    ("hubspot", "contacts.search", "POST", rf"{_CONTACTS}/search"),
    ("hubspot", "contacts.merge", "POST", rf"{_CONTACTS}/merge"),
    ("hubspot", "batch.create", "POST", rf"{_CONTACTS}/batch/create"),
    ("hubspot", "batch.read", "POST", rf"{_CONTACTS}/batch/read"),
    ("hubspot", "batch.update", "POST", rf"{_CONTACTS}/batch/update"),
    ("hubspot", "batch.upsert", "POST", rf"{_CONTACTS}/batch/upsert"),
    ("hubspot", "batch.archive", "POST", rf"{_CONTACTS}/batch/archive"),
    ("hubspot", "contacts.list", "GET", _CONTACTS),
    ("hubspot", "contacts.create", "POST", _CONTACTS),
    ("hubspot", "contacts.get", "GET", rf"{_CONTACTS}/[^/]+"),
    ("hubspot", "contacts.update", "PATCH", rf"{_CONTACTS}/[^/]+"),
    ("hubspot", "contacts.archive", "DELETE", rf"{_CONTACTS}/[^/]+"),
    ("hubspot", "groups.list", "GET", rf"{_PROPERTIES}/groups"),
    ("hubspot", "groups.create", "POST", rf"{_PROPERTIES}/groups"),
    ("hubspot", "properties.list", "GET", _PROPERTIES),
    ("hubspot", "properties.create", "POST", _PROPERTIES),
    ("hubspot", "properties.get", "GET", rf"{_PROPERTIES}/[^/]+"),
    ("hubspot", "properties.update", "PATCH", rf"{_PROPERTIES}/[^/]+"),
    ("hubspot", "properties.archive", "DELETE", rf"{_PROPERTIES}/[^/]+"),
    ("hubspot", "account", "GET", r"/hubspot/account-info/v3/details"),
    ("hubspot", "token", "POST", r"/hubspot/oauth/v2/private-apps/get/access-token-info"),
    ("manychat", "getInfo", "GET", r"/manychat/fb/subscriber/getInfo"),
    ("manychat", "findBySystemField", "GET", r"/manychat/fb/subscriber/findBySystemField"),
    ("manychat", "setCustomFieldByName", "POST", r"/manychat/fb/subscriber/setCustomFieldByName"),
    ("manychat", "setCustomFields", "POST", r"/manychat/fb/subscriber/setCustomFields"),
    ("manychat", "addTagByName", "POST", r"/manychat/fb/subscriber/addTagByName"),
    ("manychat", "sendContent", "POST", r"/manychat/fb/sending/sendContent"),
    ("manychat", "sendFlow", "POST", r"/manychat/fb/sending/sendFlow"),
    ("manychat", "page.getCustomFields", "GET", r"/manychat/fb/page/getCustomFields"),
    ("manychat", "page.getTags", "GET", r"/manychat/fb/page/getTags"),
    ("manychat", "page.getInfo", "GET", r"/manychat/fb/page/getInfo"),
    ("shop", "list", "GET", r"/shop/v1/[a-z_]+"),
    ("shop", "rows", "", r"/shop/v1/[a-z_]+/rows"),
    ("vault", "approle.login", "", r"/vault/v1/auth/approle/login"),
    ("vault", "lookup-self", "GET", r"/vault/v1/auth/token/lookup-self"),
    ("vault", "health", "GET", r"/vault/v1/sys/health"),
    ("vault", "kv.read", "GET", r"/vault/v1/[^/]+/data/.+"),
    ("vault", "kv.write", "POST", r"/vault/v1/[^/]+/data/.+"),
    ("vault", "kv.write", "PUT", r"/vault/v1/[^/]+/data/.+"),
    ("vault", "kv.metadata", "GET", r"/vault/v1/[^/]+/metadata/.+"),
    ("vault", "kv.delete", "", r"/vault/v1/[^/]+/(?:data|delete|destroy)/.+"),
    ("whatsapp", "other", "", r"/whatsapp/.*"),
    ("openai", "other", "", r"/openai/.*"),
    ("google", "other", "", r"/google/.*"),
    ("slack", "other", "", r"/slack/.*"),
    ("hubspot", "other", "", r"/hubspot/.*"),
    ("manychat", "other", "", r"/manychat/.*"),
    ("shop", "other", "", r"/shop/.*"),
    ("vault", "other", "", r"/vault/.*"),
    ("pagerduty", "other", "", r"/pagerduty/.*"),
)
PROVIDERS = ("whatsapp", "openai", "google", "slack", "hubspot", "manychat", "shop", "vault", "pagerduty")

_COMPILED = tuple((Named(provider, route), method, re.compile(path)) for provider, route, method, path in TABLE)


def name(method: str, path: str) -> Named | None:
    """The provider and route of a request, by method and decoded path; None for the sandbox's own pages."""
    for named, wanted, pattern in _COMPILED:
        if wanted in {"", method} and pattern.fullmatch(path):
            return named
    return None
