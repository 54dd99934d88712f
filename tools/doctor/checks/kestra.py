"""Kestra: does it answer, who are we there, which version, which release of our flows, and can it run them?

Reads only, over the server's own API. Whether the Python plugin is there is asked by validating a flow that uses it;
nothing is stored by that.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from kit import http
from kit.errors import AuthenticationError, InvalidResponseError, NotFoundError, OpsflowsError
from kit.redaction import mask_secrets
from kit.settings import require
from tools.deploy import release
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "kestra"
TITLE = "Kestra"
API: Final = "api/v1/main"
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
WANTED: Final = ("2", "0")
_WEBHOOK: Final = "io.kestra.plugin.core.trigger.Webhook"
_PYTHON: Final = "io.kestra.plugin.scripts.python.Commands"
_PROBE: Final = f"""\
id: doctor_probe
namespace: opsflows
tasks:
  - id: probe
    type: {_PYTHON}
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ["true"]
"""
_MANY: Final = 500
_DEPLOY = "Deploy: make deploy, with ENV=prod for production."
_NOT_DEPLOYED = "setup/kestra.md#not-deployed"
ADVICE: Mapping[str, Advice] = {
    Trouble.REFUSED: Advice(
        "Nothing answers at OPSFLOWS_KESTRA_URL.",
        "Start Kestra, and check address and port; it listens on 127.0.0.1 only, so run this on its machine.",
        "setup/kestra.md#no-answer",
    ),
    Trouble.AUTHENTICATION: Advice(
        "Kestra does not accept user and password.",
        "Set OPSFLOWS_KESTRA_USERNAME (an e-mail address) and the password in secrets/KESTRA_ADMIN_PASSWORD.",
        "setup/kestra.md#password-refused",
    ),
    Trouble.PERMISSION: Advice(
        "Kestra, or a proxy in front of it, forbids this user the API.",
        "Use the administrator of the server.",
        "setup/kestra.md#password-refused",
    ),
    Trouble.MISSING: Advice(
        "What answers there has no Kestra API under /api/v1/main.",
        "Set OPSFLOWS_KESTRA_URL to Kestra's address, without a path.",
        "setup/kestra.md#no-answer",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Version and access first; then what is deployed."""
    settings = where.settings
    if not settings.kestra_url:
        text = "OPSFLOWS_KESTRA_URL is not set."
        action = "Set it, or kestra.url in namespace_files/config, to the server's address."
        yield absent("url", text, action, "setup/kestra.md")
        return
    if not (settings.kestra_username and settings.kestra_password):
        text = "OPSFLOWS_KESTRA_URL is set, but user or password is not."
        yield wrong("login", text, ADVICE[Trouble.AUTHENTICATION].action, "setup/kestra.md#password-refused")
        return
    client = _client(where)
    yield _version(client)
    flows = _flows(client)
    yield from _deployed(flows)
    yield from _switched_on(flows)
    yield from _release_files(client, flows)
    yield _plugin(client)


def _client(where: Surroundings) -> http.Client:
    settings = where.settings
    pair = f"{settings.kestra_username}:{settings.kestra_password}"
    headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    url = require(settings.kestra_url, "OPSFLOWS_KESTRA_URL")
    return http.Client("kestra", url, headers=headers, policy=where.policy())


def _version(client: http.Client) -> Finding:
    try:
        found = client.request("GET", "api/v1/configs").json()
    except NotFoundError:
        return attention(
            "version",
            "The server does not tell its version.",
            "Look at it in Kestra's UI: it must be 2.0.",
            "setup/kestra.md#version",
        )
    version = str(found.get("version", "")) if isinstance(found, dict) else ""
    if not version:
        raise InvalidResponseError("the answer names no version.", provider="kestra")
    number = _VERSION.match(version)
    if number and number.groups() == WANTED:
        return ok("version", f"Kestra {version} answers and accepts user and password.")
    text = f"The server is Kestra {version}; the flows are written for 2.0."
    return wrong("version", text, "Run the image kestra/kestra:v2.0.x.", "setup/kestra.md#version")


def _flows(client: http.Client) -> list[dict[str, Any]]:
    """Our flows as they are on the server."""
    params = {"filters[namespace][STARTS_WITH]": "opsflows", "size": _MANY}
    found = client.request("GET", f"{API}/flows/search", params=params).json()
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise InvalidResponseError("the answer lists no flows.", provider="kestra")
    return [flow for flow in found["results"] if isinstance(flow, dict)]


def _release_of(flow: Mapping[str, Any]) -> str | None:
    return (flow.get("variables") or {}).get("release")


def _names(flows: list[dict[str, Any]]) -> set[str]:
    return {f"{flow.get('namespace')}.{flow.get('id')}" for flow in flows}


def _deployed(flows: list[dict[str, Any]]) -> Iterator[Finding]:
    ours = release.load()
    wanted = {f"{flow.namespace}.{flow.id}" for flow in ours.flows}
    missing = sorted(wanted - _names(flows))
    if len(missing) == len(wanted):
        yield wrong("flows", "None of our flows is deployed.", _DEPLOY, _NOT_DEPLOYED)
        return
    if missing:
        yield wrong("flows", f"Not deployed: {', '.join(missing)}.", _DEPLOY, _NOT_DEPLOYED)
    releases = Counter(found for flow in flows if (found := _release_of(flow)))
    named = ", ".join(sorted(releases)) or "none"
    page = "setup/kestra.md#releases"
    if len(releases) > 1:
        yield wrong("release", f"The flows are of several releases: {named}.", _DEPLOY, page)
    elif ours.version not in releases:
        text = f"{len(flows)} flows of release {named} are deployed; this checkout is {ours.version}."
        yield attention("release", text, "Deploy this checkout, or check out the other release.", page)
    else:
        yield ok("release", f"{len(flows)} flows of release {named} are deployed.")


def _switched_on(flows: list[dict[str, Any]]) -> Iterator[Finding]:
    page = "setup/kestra.md#switched-off"
    if off := sorted(str(flow.get("id")) for flow in flows if flow.get("disabled")):
        action = "Switch them on in Kestra's UI (the flow, Actions, Enable), or deploy again."
        yield wrong("disabled", f"Switched off: {', '.join(off)}.", action, page)
    triggers = [(flow, trigger) for flow in flows for trigger in flow.get("triggers") or ()]
    hooks = [(flow, trigger) for flow, trigger in triggers if trigger.get("type") == _WEBHOOK]
    if not hooks:
        return
    if off := sorted(f"{flow['id']}.{trigger['id']}" for flow, trigger in hooks if trigger.get("disabled")):
        action = "Deploy again: the flow on the server was edited to disabled: true. Posts start nothing until then."
        yield wrong("webhook", f"The webhook trigger is switched off: {', '.join(off)}.", action, page)
    else:
        yield ok("webhook", f"The webhook trigger of {', '.join(sorted(flow['id'] for flow, _ in hooks))} is on.")


def _release_files(client: http.Client, flows: list[dict[str, Any]]) -> Iterator[Finding]:
    """The manifest is written last, so where it is, the release's files are complete."""
    for version in sorted({found for flow in flows if (found := _release_of(flow))}):
        path = f"/{version}/{release.MANIFEST}"
        try:
            client.request("GET", f"{API}/namespaces/opsflows/files", params={"path": path}, expect_json=False)
        except NotFoundError:
            text = f"The files of release {version} are not complete on the server: every task would fail."
            yield wrong("files", text, _DEPLOY, _NOT_DEPLOYED)


def _plugin(client: http.Client) -> Finding:
    page = "setup/kestra.md#python-plugin"
    headers = {"Content-Type": "application/x-yaml"}
    try:
        found = client.request(
            "POST", f"{API}/flows/validate", data=_PROBE.encode(), headers=headers, keyed=True
        ).json()
    except AuthenticationError:
        raise
    except OpsflowsError as error:
        return trouble.finding(error, TITLE, ADVICE)
    problems = "; ".join(str(entry["constraints"]) for entry in found if entry.get("constraints"))
    if problems:
        action = "Run the full image kestra/kestra:v2.0.x, not one without plugins."
        return wrong("plugin", f"The server cannot run Python tasks: {mask_secrets(problems)[:200]}", action, page)
    return ok("plugin", "The Python plugin is there.")
