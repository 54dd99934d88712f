"""gspread's HTTP client and google-auth's transport, both on `kit.http`: one deadline, one retry loop, one allow-list.

gspread by itself has no time-out and would call Google's constant hosts; google-auth would retry on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import gspread
from google.auth import transport
from google.oauth2.service_account import Credentials

from adapters.budget import Budget
from adapters.sheets.errors import PROVIDER, Classifier
from adapters.sheets.foreign import guard
from kit import http, policies, redaction
from kit.errors import ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.settings import Settings

API = "https://sheets.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/spreadsheets",)
_TOKEN_HOSTS = ("oauth2.googleapis.com", "accounts.google.com")


class Gateway(gspread.HTTPClient):
    """gspread's client for one service account.

    Args:
        settings: base URL of the Sheets API.
        service_account: the key file's content; its `token_uri` says where tokens come from.
        policy: bounds of the tries; its `total_s` is the `budget` of everything until that is restarted.
        limiter: asked instead of the shared limits of namespace_files/config/limits.json.
    """

    def __init__(
        self,
        settings: Settings,
        service_account: Mapping[str, Any],
        policy: http.RetryPolicy,
        limiter: http.Limiter | None,
    ) -> None:
        """Read the key; nothing is sent yet."""
        self.classifier = Classifier(str(service_account.get("client_email") or "the service account"))
        self.budget = Budget(policy)
        self._credentials = self._read_key(service_account)
        token_uri = str(service_account["token_uri"])
        _check_token_host(token_uri, settings.google_base_url)
        # A token is one call an hour, and counts against nothing.
        self._tokens = policies.client(
            PROVIDER, token_uri, policy=policy, breaker=policies.breaker(PROVIDER, "token"), classify=self.classifier
        )
        self._api = policies.client(PROVIDER, settings.google_base_url, policy=policy, classify=self.classifier)
        self._reads = limiter or policies.limiter(PROVIDER, "read")
        self._writes = limiter or policies.limiter(PROVIDER, "write")

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> Any:
        """Sends gspread's call to the configured base URL; only an append is not repeatable.

        Raises:
            OpsflowsError: as `kit.http` does.
        """
        authorization = {"Authorization": f"Bearer {self._token()}"}
        answer = self.budget.bound(self._api).request(
            method,
            endpoint.removeprefix(API),
            params=params,
            data=data,
            json=json,
            files=files,
            headers={**(headers or {}), **authorization},
            keyed=not endpoint.endswith(":append"),
            limiter=self._reads if method.upper() == "GET" else self._writes,
        )
        if not isinstance(answer.json(), dict):
            raise InvalidResponseError("Google's answer is JSON, but no object.", provider=PROVIDER)
        return answer

    def _token(self) -> str:
        if not self._credentials.valid:
            with guard(self.classifier):
                self._credentials.refresh(self._token_request)  # type: ignore[no-untyped-call] # google-auth has none
            redaction.register(str(self._credentials.token))
        return str(self._credentials.token)

    def _token_request(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> transport.Response:
        """google-auth's transport: a token may be asked for again without harm."""
        tokens = self.budget.bound(self._tokens)
        return _TokenResponse(tokens.request(method, url, data=body, headers=headers, keyed=True))

    def _read_key(self, service_account: Mapping[str, Any]) -> Credentials:
        with guard(self.classifier):
            try:
                credentials: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call] # as above
                    service_account, scopes=SCOPES
                )
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(
                    "GOOGLE_SERVICE_ACCOUNT is not the key of a service account.",
                    code="google_key",
                    next_action="Set it to the JSON that Google Cloud gives for a service account's key.",
                    provider=PROVIDER,
                ) from error
        return credentials


class _TokenResponse(transport.Response):
    """A complete answer as google-auth reads it."""

    def __init__(self, response: http.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._response.content


def _check_token_host(token_uri: str, base_url: str) -> None:
    """A signed assertion is worth a token: it goes to Google, or to where the base URL points."""
    host = urlsplit(token_uri).hostname
    if host not in (*_TOKEN_HOSTS, urlsplit(base_url).hostname):
        raise ConfigurationError(
            "The service account's token_uri is not one of Google's.",
            code="google_key",
            next_action="Use the key file as Google Cloud gives it.",
            provider=PROVIDER,
        )
