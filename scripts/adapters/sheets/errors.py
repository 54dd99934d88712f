"""Google's errors, and those of gspread, google-auth and requests, as our errors.

Google answers `{"error": {"code", "message", "status", "details"}}`, its token endpoint `{"error": word,
"error_description"}`. Sources: Google, "google.rpc.Code" and "Sheets API: usage limits"; RFC 6749, section 5.2.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kit import errors
from kit.http import retry_after
from kit.redaction import mask_secrets

if TYPE_CHECKING:
    from kit.http import Response

PROVIDER = "google"
TAB_MISSING = "sheet_tab_missing"
TAB_EXISTS = "sheet_tab_exists"
_MINUTE_S = 60.0

_KEY = "Create a new key for the service account in Google Cloud and set GOOGLE_SERVICE_ACCOUNT."


@dataclass(frozen=True, slots=True)
class Classifier:
    """Reads Google's answers for one service account and sheet.

    Attributes:
        client_email: the account that the sheet has to be shared with.
    """

    client_email: str

    def __call__(self, response: Response) -> errors.OpsflowsError | None:
        """Returns the error of an answer; None leaves successes and 5xx to the HTTP rules."""
        refused = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
        body = _error_of(response.content) if refused else None
        if body is None:
            return None
        error = body["error"]
        context: dict[str, Any] = {"provider": PROVIDER, "request_id": response.request_id}
        if not isinstance(error, Mapping):
            return _token_error(response.status, str(error), str(body.get("error_description") or ""), context)
        context["details"] = {"status": response.status, "google_status": error.get("status")}
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return _quota(str(error.get("message") or ""), retry_after(response.headers), context)
        return self.from_status(response.status, str(error.get("message") or ""), reasons(error), **context)

    def from_status(
        self, status: int, message: str, why: frozenset[str] = frozenset(), **context: Any
    ) -> errors.OpsflowsError | None:
        """Returns the error of a 4xx other than 429; None for one that means nothing special here."""
        text = f"Google refused with {status}: {_cut(message, 300)}."
        if status == HTTPStatus.BAD_REQUEST:
            return _bad_request(text, context)
        if status == HTTPStatus.UNAUTHORIZED:
            return errors.AuthenticationError(text, code="google_credentials", next_action=_KEY, **context)
        if status == HTTPStatus.FORBIDDEN:
            return self._forbidden(text, why, context)
        if status == HTTPStatus.NOT_FOUND:
            action = f"Correct OPSFLOWS_SHEET_ID (in the URL, after /d/), and share it with {self.client_email}."
            return errors.NotFoundError(text, code="sheet_missing", next_action=action, **context)
        return None

    def _forbidden(self, text: str, why: frozenset[str], context: dict[str, Any]) -> errors.OpsflowsError:
        if {"SERVICE_DISABLED", "accessNotConfigured"} & why:
            action = "Enable the Google Sheets API in the Google Cloud project of the service account."
            return errors.PermissionDeniedError(text, code="sheets_api_disabled", next_action=action, **context)
        action = f"Share the sheet with {self.client_email} as an editor."
        return errors.PermissionDeniedError(text, code="sheet_not_shared", next_action=action, **context)


def reasons(error: Mapping[str, Any]) -> frozenset[str]:
    """Returns the machine-readable reasons in an error's details."""
    found = [
        detail for name in ("details", "errors") for detail in error.get(name) or () if isinstance(detail, Mapping)
    ]
    return frozenset(str(detail["reason"]) for detail in found if detail.get("reason"))


def _bad_request(text: str, context: dict[str, Any]) -> errors.OpsflowsError:
    if "Unable to parse range" in text:
        return errors.NotFoundError(
            text, code=TAB_MISSING, next_action="It is created when rows are written.", **context
        )
    if "already exists" in text:
        return errors.ConflictError(text, code=TAB_EXISTS, **context)
    if "above the limit" in text:
        action = "The sheet is full: archive old rows, or start a new sheet."
        return errors.QuotaExhaustedError(text, code="sheet_full", next_action=action, **context)
    if "exceeds grid limits" in text or "tried writing to column" in text:
        return errors.InvalidRequestError(text, code="sheet_grid", next_action="Add columns to the tab.", **context)
    if "protected" in text:
        action = "Let the service account edit the protected range."
        return errors.PermissionDeniedError(text, code="sheet_protected", next_action=action, **context)
    return errors.InvalidRequestError(text, code="sheet_request", next_action="Correct the request.", **context)


def _quota(message: str, advised_s: float | None, context: dict[str, Any]) -> errors.OpsflowsError:
    # Google gives no Retry-After here: quotas are refilled each minute. Not everybody should come at its first tick.
    jitter = random.uniform(0.5, 3)  # noqa: S311 - spreads calls
    wait = advised_s if advised_s is not None else _MINUTE_S - time.time() % _MINUTE_S + jitter
    return errors.RateLimitedError(
        f"Google's quota for this minute is used up: {_cut(message, 200)}.",
        code="sheet_quota",
        next_action="It is tried again in the next minute; if it persists, raise the quota in Google Cloud.",
        retry_after=wait,
        **context,
    )


def _token_error(status: int, word: str, description: str, context: dict[str, Any]) -> errors.OpsflowsError:
    text = f"Google's token endpoint refused with {status}: {_cut(word, 100)}" + (
        f", {_cut(description, 200)}." if description else "."
    )
    if "short-lived" in description or "iat" in description:
        action = "Set the clock of this machine: the signed request looks too old or too new."
        return errors.AuthenticationError(text, code="google_clock", next_action=action, **context)
    return errors.AuthenticationError(text, code="google_credentials", next_action=_KEY, **context)


def _cut(text: str, most: int) -> str:
    """The start of a provider's text; secrets are hidden before the cut, which would leave half of one."""
    return mask_secrets(text.strip())[:most].rstrip(".")


def _error_of(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body.get("error") else None
