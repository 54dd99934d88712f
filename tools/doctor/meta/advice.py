"""What Meta's errors mean for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.doctor import trouble
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE: Final = "WhatsApp (Meta)"
MESSAGING: Final = "whatsapp_business_messaging"
MANAGEMENT: Final = "whatsapp_business_management"
NEW_TOKEN = "Generate a new token of the system user, without expiry, and put it into secrets/WHATSAPP_TOKEN."  # noqa: S105 - advice
TOKEN_PAGE = "setup/whatsapp.md#token-refused"  # noqa: S105 - an anchor
ADVICE: Mapping[str, Advice] = {
    "whatsapp_token": Advice("Meta no longer accepts the token.", NEW_TOKEN, TOKEN_PAGE),
    Trouble.AUTHENTICATION: Advice("Meta does not accept the token.", NEW_TOKEN, TOKEN_PAGE),
    "whatsapp_blocked": Advice(
        "Meta has restricted the account: {error}",
        "Open WhatsApp Manager and follow what it says; stop sending until then.",
        "setup/whatsapp.md#account-restricted",
    ),
    Trouble.PERMISSION: Advice(
        "The token is genuine but may not do this: {error}",
        f"Give it {MESSAGING} and {MANAGEMENT}, and the system user the account with full control.",
        "setup/whatsapp.md#permission-missing",
    ),
    Trouble.MISSING: Advice(
        "Meta knows no such object, or hides it from this token: {error}",
        "Assign the WhatsApp account to the system user, with full control.",
        "setup/whatsapp.md#permission-missing",
    ),
    "whatsapp_rate_limited": Advice(
        "Meta has had too many calls and asks us to wait.",
        "Wait an hour and run it again.",
        "setup/whatsapp.md#costs-and-limits",
        trouble.GENERAL[Trouble.LIMITED].state,
    ),
}
