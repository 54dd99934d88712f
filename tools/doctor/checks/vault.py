"""Vault: is it open, does it let us in, and does it have what the flows need from it? No value is shown."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from kit import http, secrets, vault
from kit.errors import NotFoundError, UnavailableError
from tools.doctor.model import Finding, absent, ok, wrong
from tools.doctor.trouble import Advice, Trouble
from tools.secrets.catalogue import FLOWS, needed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "vault"
TITLE = "Vault"
# Read when everything else comes from files: it need not be there, but asking shows whether we are let in.
_ANY: Final = "WHATSAPP_TOKEN"
_LOGIN_PAGE = "setup/vault.md#login-refused"
_NO_ANSWER = "setup/vault.md#no-answer"
_SEALED = Advice("Vault is sealed.", "Unseal it: vault operator unseal.", "setup/vault.md#sealed")
_NOT_INITIALISED = Advice(
    "Vault is not initialised.", "Initialise it: vault operator init; keep the unseal keys.", "setup/vault.md#sealed"
)
_MISSING_PAGE = "setup/vault.md#secret-missing"
ADVICE: Mapping[str, Advice] = {
    "vault_sealed": _SEALED,
    "vault_not_initialised": _NOT_INITIALISED,
    "vault_login": Advice(
        "Vault does not accept role id and secret id: {error}",
        "Write a new secret id into secrets/VAULT_SECRET_ID.",
        _LOGIN_PAGE,
    ),
    "vault_no_way_in": Advice(
        "VAULT_ADDR is set, but neither VAULT_TOKEN nor VAULT_ROLE_ID and VAULT_SECRET_ID are.",
        "Put role id and secret id into secrets/.",
        "setup/vault.md#steps",
    ),
    "vault_no_mount": Advice(
        "Vault has no engine at the mount of OPSFLOWS_VAULT_MOUNT.",
        "Set it to a KV engine of version 2: vault secrets list shows them.",
        "setup/vault.md#permission-missing",
    ),
    "vault_no_value": Advice("{error}", "{action}", _MISSING_PAGE),
    "vault_deleted": Advice("The newest version was deleted: {error}", "Write a new one: vault kv put.", _MISSING_PAGE),
    Trouble.PERMISSION: Advice(
        "Vault denies the read: the policy does not cover the path, or the token has expired.",
        "Compare the policy with the page; vault token lookup tells whether a token lives.",
        "setup/vault.md#permission-missing",
    ),
    Trouble.REFUSED: Advice("Nothing answers at VAULT_ADDR.", "Start Vault, and check the address.", _NO_ANSWER),
    Trouble.TIMEOUT: Advice("Vault does not answer in time.", "Check VAULT_ADDR and the firewall.", _NO_ANSWER),
    Trouble.BROKEN: Advice("What answers at VAULT_ADDR is not Vault: {error}", "Correct VAULT_ADDR.", _NO_ANSWER),
    Trouble.MISSING: Advice(
        "What answers at VAULT_ADDR has no Vault API.", "Correct VAULT_ADDR: without /v1 and without /ui.", _NO_ANSWER
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Health needs no login, so it tells a sealed Vault from a wrong one."""
    if not where.settings.vault_addr:
        text = "VAULT_ADDR is not set: the secrets come from files."
        yield absent("address", text, "Nothing, unless you want to use Vault.", "setup/vault.md")
        return
    yield _health(where)
    yield from _needed()


def _health(where: Surroundings) -> Finding:
    settings = where.settings
    client = http.Client("vault", settings.vault_addr or "", policy=where.policy(), ca_file=settings.vault_cacert)
    params = {"standbyok": "true", "perfstandbyok": "true"}
    try:
        found = client.request("GET", "v1/sys/health", params=params).json()
    except UnavailableError as error:
        advice = {HTTPStatus.SERVICE_UNAVAILABLE: _SEALED, HTTPStatus.NOT_IMPLEMENTED: _NOT_INITIALISED}.get(
            error.details.get("status", 0)
        )
        if advice is None:
            raise
        return wrong("health", advice.text, advice.action, advice.docs)
    version = found.get("version", "?") if isinstance(found, dict) else "?"
    return ok("health", f"Vault {version} is open.")


def _needed() -> Iterator[Finding]:
    """What no file has must be in Vault."""
    vault.forget()
    server = vault.connect(*(os.environ.get(name, "").strip() for name in secrets.WAYS_IN))
    names = [secret.name for secret in needed_by(FLOWS) if secret.required and not os.environ.get(secret.name)]
    missing = []
    for name in names or [_ANY]:
        try:
            server.read(name)
        except NotFoundError as error:
            if error.code == "vault_deleted":
                raise
            missing.append(name)
    if not names:
        yield ok("login", "It lets us in; every secret that the flows need is a file already.")
    elif missing:
        action = "Write each: vault kv put <mount>/<prefix>/<NAME> value=-, or put it into secrets/."
        text = f"It lets us in, but neither it nor secrets/ has {', '.join(missing)}."
        yield wrong("secrets", text, action, _MISSING_PAGE)
    else:
        yield ok("secrets", f"It lets us in and has {', '.join(names)}.")
