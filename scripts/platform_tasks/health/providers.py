"""Each provider by its cheapest call that needs our key: it answers, and the key is good. Nothing is written.

Two attempts at most, no breaker: whether a provider is back is what is asked here. Which right is missing, and what to
do about it, `make doctor` tells.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from kit import http, secrets, settings
from kit.errors import InvalidResponseError, NotFoundError
from platform_tasks.health.model import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

_POLICY: Final = http.RetryPolicy(attempts=2, total_s=8.0, connect_s=4.0, read_s=8.0, wait_initial_s=0.2)


def slack() -> Finding | None:
    """auth.test."""
    from adapters.slack import errors

    token = secrets.optional("SLACK_BOT_TOKEN")
    if not token:
        return None
    client = _client("slack", settings.get().slack_base_url, token, errors.classify)
    return _told(client.request("POST", "auth.test", keyed=True).json(), "ok")


def email() -> Finding | None:
    """Sign in at the mail server and say goodbye."""
    from adapters import smtp
    from adapters.smtp import client

    config = settings.get()
    if not smtp.is_configured(config):
        return None
    client.check(config, total_s=_POLICY.total_s)
    return Finding("ok", "It takes our user.")


def pagerduty() -> Finding | None:
    """The end of an incident that never was, which tells nobody: this API has nothing to read."""
    from adapters.pagerduty import client

    key = secrets.optional(client.SECRET)
    if not key:
        return None
    calls = http.Client(client.PROVIDER, settings.get().pagerduty_base_url, policy=_POLICY, classify=client.classify)
    event = {"routing_key": key, "event_action": "resolve", "dedup_key": "opsflows-health-check"}
    return _told(calls.request("POST", "v2/enqueue", json=event, keyed=True).json(), "status")


def openai() -> Finding | None:
    """The model that is asked to read pictures."""
    config, key = settings.get(), secrets.optional("OPENAI_API_KEY")
    if not key or config.extract_mode == "ocr":
        return None
    client = _client("openai", config.openai_base_url, key)
    try:
        return _told(client.request("GET", f"models/{quote(config.openai_model, safe='')}").json(), "id")
    except NotFoundError:  # servers of other makers have the list only
        return _told(client.request("GET", "models").json(), "data")


def hubspot() -> Finding | None:
    """The portal's details."""
    from adapters.hubspot import errors

    config, token = settings.get(), secrets.optional("HUBSPOT_TOKEN")
    if not token:
        return None
    client = _client("hubspot", config.hubspot_base_url, token, errors.classifier(config.timezone))
    return _told(client.request("GET", "account-info/v3/details").json(), "portalId")


def manychat() -> Finding | None:
    """The page's name."""
    from adapters.manychat import errors

    token = secrets.optional("MANYCHAT_TOKEN")
    if not token:
        return None
    client = _client("manychat", settings.get().manychat_base_url, token, errors.classify)
    return _told(client.request("GET", "fb/page/getInfo").json(), "data")


def whatsapp() -> Finding | None:
    """The token looks at itself."""
    from adapters.whatsapp import errors

    config, token = settings.get(), secrets.optional("WHATSAPP_TOKEN")
    if not token:
        return None
    base = f"{config.whatsapp_base_url.rstrip('/')}/{config.whatsapp_api_version}"
    client = _client("whatsapp", base, token, errors.classify)
    data = client.request("GET", "debug_token", params={"input_token": token}).json().get("data")
    if not isinstance(data, dict) or not data.get("is_valid"):
        return Finding("failed", "Meta says that the token is not valid.")
    return Finding("ok", "The token is valid.")


def google_sheets() -> Finding | None:
    """The spreadsheet's title: the key, its exchange for a token, and the sheet."""
    config, raw = settings.get(), secrets.optional("GOOGLE_SERVICE_ACCOUNT")
    if not raw or not config.sheet_id:
        return None
    from adapters.sheets.gateway import Gateway

    gateway = Gateway(config, json.loads(raw), _POLICY, None)
    about = gateway.fetch_sheet_metadata(
        config.sheet_id, params={"includeGridData": "false", "fields": "properties.title"}
    )
    return _told(about, "properties")


def vault() -> Finding | None:
    """Whether it is open; a sealed one answers 503."""
    config = settings.get()
    if not config.vault_addr:
        return None
    client = http.Client("vault", config.vault_addr, policy=_POLICY, ca_file=config.vault_cacert)
    params = {"standbyok": "true", "perfstandbyok": "true"}
    return _told(client.request("GET", "v1/sys/health", params=params).json(), "initialized")


def etl_api() -> Finding | None:
    """One row of the first list that a source names."""
    from etl.sources import api, config

    url, token = settings.get().etl_api_url, secrets.optional(api.TOKEN)
    lists = [one for one in config.everything().values() if isinstance(one, config.Api)]
    if not url or not token or not lists:
        return None
    client = _client(api.PROVIDER, url, token)
    return _told(client.request("GET", lists[0].path, params={"limit": 1}).json(), "data")


def etl_bucket() -> Finding | None:
    """One file's name, or the folder."""
    from etl.buckets import opening
    from etl.buckets.s3 import S3Bucket

    if not settings.get().etl_bucket:
        return None
    bucket = opening.open_bucket()
    if isinstance(bucket, S3Bucket):
        bucket.reach(_POLICY.total_s)
    return Finding("ok", "The bucket can be read.")


def _client(
    provider: str, base: str, token: str, classify: Callable[[http.Response], Any] | None = None
) -> http.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return http.Client(provider, base, headers=headers, policy=_POLICY, classify=classify)


def _told(body: Any, field: str) -> Finding:
    if not isinstance(body, dict) or field not in body:
        raise InvalidResponseError(f"The answer has no {field}.", provider="health")
    return Finding("ok", "It answers and accepts our key.")
