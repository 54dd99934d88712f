"""Exceptions of gspread, google-auth and requests as ours, so that none leaves this package.

Our own transport raises our errors, which pass through those libraries untouched; what is mapped here is what they
raise by themselves: a malformed key file, an answer of another shape, a call that they refuse.
"""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import gspread.exceptions
import requests
from google.auth import exceptions as google_auth
from urllib3.exceptions import HTTPError as Urllib3Error

from adapters.sheets.errors import PROVIDER, Classifier
from kit import errors, http

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOREIGN = (
    gspread.exceptions.GSpreadException,
    gspread.exceptions.UnSupportedExportFormat,
    google_auth.GoogleAuthError,
    requests.RequestException,
    Urllib3Error,
    HTTPException,
    ValueError,
    TypeError,
    LookupError,
    OSError,
)
_KEY = "Set GOOGLE_SERVICE_ACCOUNT to the JSON of a service account's key."


@contextmanager
def guard(classifier: Classifier) -> Iterator[None]:
    """Maps whatever a library raises inside to our errors; ours pass."""
    try:
        yield
    except errors.OpsflowsError:
        raise
    except _FOREIGN as error:
        raise mapped(error, classifier) from error


def mapped(error: Exception, classifier: Classifier) -> errors.OpsflowsError:
    """Returns our error for any exception of the three libraries, or for what they let through.

    Whether a request had left is unknown here, so network trouble counts as uncertain.
    """
    if isinstance(error, gspread.exceptions.APIError):
        return _api_error(error, classifier)
    if isinstance(error, gspread.exceptions.SpreadsheetNotFound | PermissionError):  # its words for 404 and 403
        status = 403 if isinstance(error, PermissionError) else 404
        return classifier.from_status(status, "the sheet cannot be used", provider=PROVIDER) or _broken(error)
    if isinstance(error, google_auth.GoogleAuthError):
        return _auth_error(error)
    if isinstance(error, requests.RequestException | Urllib3Error | HTTPException | OSError):
        return http.map_transport_error(error, PROVIDER, sent=True, expired=False, repeatable=False)
    if isinstance(error, gspread.exceptions.GSpreadException | gspread.exceptions.UnSupportedExportFormat):
        text = f"gspread refused the call: {type(error).__name__}."
        return errors.InvalidRequestError(
            text, code="sheet_request", next_action="Correct the call.", provider=PROVIDER
        )
    return _broken(error)


def _api_error(error: Any, classifier: Classifier) -> errors.OpsflowsError:
    status = int(getattr(error.response, "status_code", None) or error.code)
    message = str(error.error.get("message") or "")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimitedError("Google's quota is used up.", code="sheet_quota", provider=PROVIDER)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.UncertainError(f"Google answered {status}.", provider=PROVIDER)
    return classifier.from_status(status, message, provider=PROVIDER) or _broken(error)


def _auth_error(error: google_auth.GoogleAuthError) -> errors.OpsflowsError:
    text = f"Google's credentials cannot be used: {type(error).__name__}."
    if isinstance(error, google_auth.TransportError | google_auth.TimeoutError) or getattr(error, "retryable", False):
        return errors.UnavailableError(text, next_action="It is tried again.", provider=PROVIDER)
    if isinstance(error, google_auth.RefreshError | google_auth.OAuthError | google_auth.UserAccessTokenError):
        return errors.AuthenticationError(text, code="google_credentials", next_action=_KEY, provider=PROVIDER)
    return errors.ConfigurationError(text, code="google_key", next_action=_KEY, provider=PROVIDER)


def _broken(error: Exception) -> errors.OpsflowsError:
    return errors.InvalidResponseError(
        f"Google's answer is not what the protocol promises ({type(error).__name__}).", provider=PROVIDER
    )
