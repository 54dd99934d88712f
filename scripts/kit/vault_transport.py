"""hvac over our own boundary: `kit.http` sends each request, so its deadline, host rules and redaction hold.

hvac is imported by `boundary` and `guard` only: a task that uses no Vault does not pay for it. hvac's session is never
used, and its retries are off, because it has none of its own and the session below refuses every host.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from kit import http, net
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    UnavailableError,
)
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import hvac

    from kit.answers import Response
    from kit.settings import Settings

PROVIDER: Final = "vault"
_LOGIN: Final = "/login"
# Beside those that `kit.http` knows: 412 is a replica that lags behind, 472 and 473 are standbys.
_PASSING: Final = frozenset({412, 472, 473})


def boundary(config: Settings, token: str) -> hvac.Client:
    """Return hvac's client for the Vault of the settings, sending through `kit.http`."""
    import hvac
    from hvac.adapters import JSONAdapter

    sender = http.Client(PROVIDER, config.vault_addr or "", classify=classify, ca_file=config.vault_cacert)

    class Adapter(JSONAdapter):  # type: ignore[misc] # hvac ships no types
        """The one place where hvac would have sent something itself."""

        def request(
            self, method: str, url: str, headers: dict[str, str] | None = None, *_args: Any, **given: Any
        ) -> Any:
            known = {"X-Vault-Request": "true", "X-Vault-Token": self.token, "X-Vault-Namespace": self.namespace}
            sent = {name: value for name, value in known.items() if value} | (headers or {})
            # A login that is repeated leaves one token more, which nobody uses.
            keyed = True if url.endswith(_LOGIN) else None
            body, params = given.get("json"), given.get("params")
            answer = sender.request(method, url, json=body, params=params, headers=sent, keyed=keyed)
            return answer.json() if answer.content else None

    # Both are given, also when blank: hvac would look for them in the environment and in the home folder.
    return hvac.Client(
        url=config.vault_addr,
        token=token,
        namespace=config.vault_namespace,
        verify=True,
        session=net.guarded_session(()),
        adapter=Adapter,
    )


@contextmanager
def guard() -> Iterator[None]:
    """Let only our errors out, without the answer's body: it may hold a secret that nobody has registered yet."""
    import hvac.exceptions

    try:
        yield
    except OpsflowsError as error:
        error.details.pop("body", None)
        raise
    except hvac.exceptions.VaultError as error:
        raise from_hvac(error) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What hvac makes of an answer that it did not expect, such as a login without a token.
        raise InvalidResponseError(
            f"Vault's answer cannot be read ({type(error).__name__}).",
            next_action="Check that VAULT_ADDR is a Vault server and not the page of a proxy.",
            provider=PROVIDER,
        ) from None


def classify(response: Response) -> OpsflowsError | None:
    """Return the error that Vault's answer means, where the status alone does not tell."""
    said = _errors(response)
    context: dict[str, Any] = {"details": {"status": response.status}, "provider": PROVIDER}
    makers: dict[int, Callable[[], OpsflowsError]] = {
        400: lambda: _bad_request(response, said, context),
        403: lambda: _denied(context),
        404: lambda: _not_found(response, said, context),
        501: lambda: ConfigurationError(
            "Vault is not initialised.",
            code="vault_not_initialised",
            next_action="Run `vault operator init` there, keep the unseal keys, and unseal it.",
            **context,
        ),
        503: lambda: _unavailable(said, context),
    }
    if response.status in _PASSING:
        return UnavailableError(f"Vault answered {response.status}: a standby that cannot serve now.", **context)
    return makers[response.status]() if response.status in makers else None


def from_hvac(error: Exception) -> OpsflowsError:
    """Return our error for one that hvac raised itself; its text has the URL, its body stays behind."""
    name = type(error).__name__
    transient = {"VaultDown", "InternalServerError", "BadGateway", "RateLimitExceeded", "PreconditionFailed"}
    text = f"Vault: {name}."
    if name in transient:
        return UnavailableError(text, provider=PROVIDER)
    kinds: dict[str, type[OpsflowsError]] = {
        "Forbidden": PermissionDeniedError,
        "Unauthorized": AuthenticationError,
        "InvalidPath": NotFoundError,
        "VaultNotInitialized": ConfigurationError,
        "ParamValidationError": ConfigurationError,
    }
    return kinds.get(name, InvalidRequestError)(text, next_action="See docs/secrets.md, Vault.", provider=PROVIDER)


def _errors(response: Response) -> str:
    """Vault's own words, redacted and on one line."""
    body = response.json() if response.status >= 400 and response.content else {}  # noqa: PLR2004 - HTTP's own border
    found = body.get("errors") if isinstance(body, dict) else None
    words = " ".join(str(sentence) for sentence in found) if isinstance(found, list) else ""
    return redact(" ".join(words.split()))[:300]


def _bad_request(response: Response, said: str, context: dict[str, Any]) -> OpsflowsError:
    if response.url.endswith(_LOGIN):
        return AuthenticationError(
            f"Vault does not accept the AppRole: {said or 'bad request'}.",
            code="vault_login",
            next_action="Write a new secret id (docs/secrets.md, Vault) into secrets/VAULT_SECRET_ID.",
            **context,
        )
    return InvalidRequestError(f"Vault refuses the request: {said or 'bad request'}.", **context)


def _denied(context: dict[str, Any]) -> OpsflowsError:
    return PermissionDeniedError(
        "Vault denies it: the token has expired, or its policy does not allow this path.",
        code="vault_denied",
        next_action="Compare the policy with docs/secrets.md; `vault token lookup` tells whether the token lives.",
        **context,
    )


def _not_found(response: Response, said: str, context: dict[str, Any]) -> OpsflowsError:
    if "no handler for route" in said:
        return ConfigurationError(
            "Vault has no engine at that mount.",
            code="vault_no_mount",
            next_action="Set OPSFLOWS_VAULT_MOUNT to a KV engine of version 2: `vault secrets list` shows them.",
            **context,
        )
    data = response.json().get("data") if response.content else None
    if isinstance(data, dict) and data.get("metadata"):
        return NotFoundError(
            "That version of the secret was deleted in Vault.",
            code="vault_deleted",
            next_action="Write a new version: vault kv put.",
            **context,
        )
    return NotFoundError(
        "Vault has no such secret.",
        code="vault_missing",
        next_action="Write it: vault kv put; docs/secrets.md has the path.",
        **context,
    )


def _unavailable(said: str, context: dict[str, Any]) -> OpsflowsError:
    if "sealed" in said.lower():
        return UnavailableError("Vault is sealed.", code="vault_sealed", next_action="Unseal it.", **context)
    return UnavailableError("Vault answered 503.", **context)
