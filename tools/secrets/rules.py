"""What is wrong with a secret's value. No message holds the value or a part of it.

problems("SLACK_BOT_TOKEN", "change-me")     ["is an example value", "must begin with xoxb-"]
trouble({"WHATSAPP_TOKEN": "…", …})          {"WHATSAPP_APP_SECRET": ["is missing"]}
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from typing import TYPE_CHECKING, Final

from tools.secrets.catalogue import BY_NAME, CATALOGUE, PREVIOUS, VAULT_APPROLE, VAULT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_EXAMPLE: Final = re.compile(
    r"change[-_ ]?(me|it|this)|example|placeholder|dummy|your[-_ ]|insert[-_ ]|replace[-_ ]?(me|this|with)|todo\b"
    r"|^<.*>$|^(\.\.\.|…|x{4,}|secret|password|passw0rd|admin|kestra|k3str4|postgres|opsflows|test|default)\W*\d*$"
    r"|(1234567|abcdefg|qwerty)",
    re.IGNORECASE,
)
# Known by whoever reads the project or Kestra's own docs.
_PUBLISHED: Final = frozenset({"Opsflows2026", "Kestra1234", "Admin1234", "Admin1234!"})
_KEY_BYTES: Final = 32
_LEAST_VARIETY: Final = 6
_SERVICE_ACCOUNT: Final = ("client_email", "private_key")


def problems(name: str, value: str | None, *, vault: bool = False) -> list[str]:
    """Say what is wrong with one value, worst first; nothing when it is good.

    Args:
        name: of the catalogue; `KeyError` for any other.
        value: what was found; None when nothing was.
        vault: whether tasks may read from Vault what is not given here.
    """
    secret = BY_NAME[name]
    if value is None or not value.strip():
        may_be_absent = not secret.required or (vault and secret.may_be_in_vault)
        return [] if may_be_absent else [f"is {'missing' if value is None else 'blank'}"]
    if secret.rule == "service_account":
        return _service_account(value)
    found = [
        ("has a line break or white space around it", value != value.strip() or not value.isprintable()),
        ("is an example value", _is_example(value)),
        (f"is too short: at least {secret.least_length} characters", len(value) < secret.least_length),
        ("repeats a few characters", len(set(value)) < _LEAST_VARIETY),
    ]
    return [text for text, wrong in found if wrong] + FORMS[secret.rule](value)


def trouble(
    values: Mapping[str, str], names: Collection[str] | None = None, *, vault: bool = False
) -> dict[str, list[str]]:
    """Say what is wrong with all values together, by name; an empty answer means that the project can start.

    Args:
        values: what was found, by name; names that the catalogue does not have are passed over.
        names: the secrets to look at; all of the catalogue when not given.
        vault: whether Vault is used (`VAULT_ADDR` is set): what only tasks need may be there, and a way in is needed.
    """
    looked_at = [secret.name for secret in CATALOGUE if names is None or secret.name in names]
    found = {name: problems(name, values.get(name), vault=vault) for name in looked_at}
    for name in looked_at:
        if twins := [other for other in looked_at if other != name and _same(values.get(name), values.get(other))]:
            found[name].append(f"has the same value as {', '.join(twins)}")
    for name, problem in _way_into_vault(values, vault=vault).items():
        found.setdefault(name, []).append(problem)
    return {name: said for name, said in found.items() if said}


def advice(name: str) -> str:
    """The next action for a secret that is missing or wrong."""
    base = name.removesuffix(PREVIOUS)
    return f"Put it into the file secrets/{name}, from: {BY_NAME[name if name in BY_NAME else base].how}."


def _same(one: str | None, other: str | None) -> bool:
    return bool(one and one.strip() and other) and hmac.compare_digest(str(one).encode(), str(other).encode())


def _way_into_vault(values: Mapping[str, str], *, vault: bool) -> dict[str, str]:
    """What is missing of the two ways: a token, or both halves of an AppRole."""
    absent = [name for name in (VAULT_TOKEN, *VAULT_APPROLE) if not values.get(name, "").strip()]
    halves = [name for name in VAULT_APPROLE if name in absent]
    if len(halves) == 1:
        return {halves[0]: "is missing, and the other half of the AppRole is there"}
    return {VAULT_TOKEN: "is missing, and so is the AppRole"} if vault and halves and VAULT_TOKEN in absent else {}


def _is_example(value: str) -> bool:
    return bool(_EXAMPLE.search(value)) or value in _PUBLISHED


def _password(value: str) -> list[str]:
    missing = [
        word
        for word, pattern in (("an upper-case letter", "[A-Z]"), ("a lower-case letter", "[a-z]"), ("a digit", "[0-9]"))
        if not re.search(pattern, value)
    ]
    return [f"needs {' and '.join(missing)}"] if missing else []


def _key32(value: str) -> list[str]:
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    return [] if len(decoded) == _KEY_BYTES else [f"must be base64 of {_KEY_BYTES} random bytes"]


def _service_account(value: str) -> list[str]:
    try:
        key = json.loads(value)
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, dict) or key.get("type") != "service_account":
        return ["must be the whole JSON file of a service account"]
    empty = [field for field in _SERVICE_ACCOUNT if not str(key.get(field) or "").strip()]
    if empty:
        return [f"has no {' and no '.join(empty)}"]
    if "@" not in str(key["client_email"]) or "PRIVATE KEY-----" not in str(key["private_key"]):
        return ["has a client_email or private_key of the wrong form"]
    return []


def _matches(pattern: str, problem: str) -> Callable[[str], list[str]]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: [] if compiled.fullmatch(value) else [problem]


FORMS: Final[dict[str, Callable[[str], list[str]]]] = {
    "text": lambda _: [],
    "url_safe": _matches(r"[\w-]+", "may hold letters, digits, - and _ only"),
    "hex": _matches(r"[0-9a-f]+", "must be lower-case hexadecimal, as Meta shows it"),
    "https": _matches(r"https://[\w.-]+(:\d+)?/\S+", "must be an https address with a path"),
    "slack_bot": _matches(r"xoxb-[\w-]+", "must begin with xoxb-"),
    "password": _password,
    "console_users": _matches(
        r"[^\s:]+:(reader|operator):scrypt\$[\w$+/]+( +[^\s:]+:(reader|operator):scrypt\$[\w$+/]+)*",
        "must be entries name:role:hash of python -m tools.console_user, separated by spaces",
    ),
    "key32": _key32,
    "service_account": _service_account,
}
