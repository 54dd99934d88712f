"""What ManyChat posts: whether it is ours, and the body as an event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kit import text, webhooks
from kit.errors import RefusedInputError
from leads import fields
from leads import key as keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MAX_BODY_BYTES: Final = 256 * 1024
SECRET: Final = "OPSFLOWS_MANYCHAT_SECRET"  # noqa: S105 - the name of the secret, not its value
SECRET_HEADER: Final = "X-Webhook-Secret"  # noqa: S105 - a header's name
SIGNATURE_HEADER: Final = "X-Hub-Signature-256"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its key, the body as it came, and when it happened, in UTC, when it tells."""

    key: str
    raw: dict[str, Any]
    happened_at: datetime | None


def verify(body: bytes, headers: Mapping[str, Sequence[str] | str], secrets: Sequence[str]) -> None:
    """Check who posts: by the signature over the body when there is one, else by the secret itself.

    ManyChat cannot sign, so it sends the secret. The edge compares it and signs in ManyChat's stead, so that the
    secret is in no execution; so may whoever posts leads from elsewhere.

    Raises:
        RefusedInputError: `signature_…` or `secret_…` with what is wrong.
    """
    if webhooks.values(headers, SIGNATURE_HEADER):
        checked, what = webhooks.verify_sha256(body, headers, secrets, SIGNATURE_HEADER), "signature"
    else:
        checked, what = webhooks.verify_secret(headers, secrets, SECRET_HEADER), "secret"
    if not checked.ok:
        raise RefusedInputError("The post does not come from our ManyChat.", code=f"{what}_{checked.code}")


def parse(body: bytes) -> Event:
    """Read a verified body, as far as storing it needs; what it says is read by whoever collects it.

    Raises:
        RefusedInputError: it is too large, no JSON object, or names nobody.
    """
    if len(body) > MAX_BODY_BYTES:
        raise RefusedInputError("The body is larger than 256 kB.", code="body_too_large")
    try:
        document = text.storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise RefusedInputError("The body is not JSON.", code="malformed_json") from error
    if not isinstance(document, dict):
        raise RefusedInputError("The body is no JSON object.", code="malformed_body")
    given = fields.given(fields.flat(document))
    if not keys.who(given):
        raise RefusedInputError("The body names neither a subscriber nor an e-mail.", code="nobody")
    return Event(keys.key(document), document, fields.moment(given["happened_at"]))
