"""The vision model: is the key accepted, and does the server have the model? One read, which costs nothing.

A key without credit is accepted here; that shows only when a picture is read.
"""

from __future__ import annotations

import difflib
import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from adapters.openai_vision import prices
from kit import http
from kit.errors import InvalidResponseError, NotFoundError, OpsflowsError, PermissionDeniedError, QuotaExhaustedError
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "openai"
TITLE = "the model's server"
PROVIDER: Final = "openai"
_SOON_DAYS: Final = 60
_SCOPE: Final = re.compile(r"Missing scopes: ([\w.,: -]+?)\.? ")
_KEY = "Create a new key for the project and put it into secrets/OPENAI_API_KEY."
_MODEL_PAGE = "setup/openai.md#model"
ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice("The key is wrong or was revoked.", _KEY, "setup/openai.md#key-refused"),
    "openai_scope": Advice(
        "The key may not look at models ({error}); reading pictures needs the scope model.request.",
        "Set Models to Read and Model capabilities to Request on the key, or make one with all permissions.",
        "setup/openai.md#permissions",
        trouble.GENERAL[Trouble.LIMITED].state,
    ),
    Trouble.PERMISSION: Advice(
        "The key is genuine, but this project, country or region may not use the server: {error}",
        "Let the key's project use the model, and call from a supported country.",
        "setup/openai.md#permissions",
    ),
    Trouble.QUOTA: Advice(
        "The account's credit is used up.",
        "Add credit or raise the project's budget; until then the local OCR reads the receipts.",
        "setup/openai.md#costs-and-limits",
    ),
    Trouble.MISSING: Advice(
        "The server has no list of models.",
        "Check OPENAI_BASE_URL: for OpenAI it ends with /v1.",
        _MODEL_PAGE,
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Ask for the model; when it is not there, for the list, to name one that is."""
    key, model = where.secret("OPENAI_API_KEY"), where.settings.openai_model
    if where.settings.extract_mode == "ocr":
        text = "OPSFLOWS_EXTRACT_MODE leaves the vision model out: the local OCR reads the receipts."
        yield absent("key", text, "To use it, set the mode to rules_first and set OPENAI_API_KEY.", "setup/openai.md")
        return
    if not key:
        text = "OPENAI_API_KEY is not set: the local OCR reads the receipts."
        yield absent("key", text, "To use the vision model, create a key.", "setup/openai.md")
        return
    client = _client(where, key)
    try:
        found = _object(client.request("GET", f"models/{quote(model, safe='')}"))
        yield ok("model", f"The key is accepted and the server has {found.get('id', model)}.")
    except NotFoundError:
        yield _named_in_list(client, model)
    yield from _life(model, datetime.now(UTC).date())


def _named_in_list(client: http.Client, model: str) -> Finding:
    """Servers of other makers have the list only; and a list tells which name was meant."""
    listed = _object(client.request("GET", "models")).get("data")
    names = [str(entry["id"]) for entry in listed or () if isinstance(entry, dict) and "id" in entry]
    if model in names:
        return ok("model", f"The key is accepted and the server has {model}.")
    close = difflib.get_close_matches(model, names, n=3, cutoff=0.3)
    meant = f" Similar ones: {', '.join(close)}." if close else ""
    text = f"The server has no model {model}, or the key's project may not use it.{meant}"
    return wrong("model", text, "Set OPSFLOWS_OPENAI_MODEL to one that it has.", _MODEL_PAGE)


def _life(model: str, today: date) -> Iterator[Finding]:
    price = prices.price_of(model)
    if price and price.ends_on and (price.ends_on - today).days < _SOON_DAYS:
        text = f"{model} is shut down on {price.ends_on}."
        yield attention("model_end", text, "Set OPSFLOWS_OPENAI_MODEL to its successor.", _MODEL_PAGE)


def _client(where: Surroundings, key: str) -> http.Client:
    headers = {"Authorization": f"Bearer {key}"}
    base = where.settings.openai_base_url
    return http.Client(PROVIDER, base, headers=headers, policy=where.policy(), classify=_classify)


def _classify(response: http.Response) -> OpsflowsError | None:
    """A missing scope comes as 401 or 403, a used-up credit as 429: the words decide."""
    try:
        error = json.loads(response.content).get("error") or {}
        message, code = str(error.get("message") or ""), str(error.get("code") or error.get("type") or "")
    except (ValueError, AttributeError):
        return None
    if scope := _SCOPE.search(message + " "):
        return PermissionDeniedError(f"it lacks {scope[1]}", code="openai_scope", provider=PROVIDER)
    if code in {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}:
        return QuotaExhaustedError("The credit is used up.", provider=PROVIDER)
    return None


def _object(answer: http.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise InvalidResponseError("the answer is JSON, but no object.", provider=PROVIDER)
    return found
