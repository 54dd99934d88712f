"""Mail: whether the server is there, its line is secure, and it takes our user. No mail is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.smtp import client
from tools.doctor.model import Finding, absent, ok, wrong
from tools.doctor.trouble import Advice, Advices, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.doctor.surroundings import Surroundings

NAME = "email"
TITLE = "mail"
_PAGE: Final = "setup/email.md"
ADVICE: Advices = {
    "smtp_sign_in": Advice(
        "The mail server does not take our user: {error}",
        "Check OPSFLOWS_SMTP_USERNAME and secrets/SMTP_PASSWORD.",
        _PAGE,
    ),
    Trouble.AUTHENTICATION: Advice(
        "The mail server does not take our user: {error}",
        "Check OPSFLOWS_SMTP_USERNAME and secrets/SMTP_PASSWORD.",
        _PAGE,
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Sign in and say goodbye."""
    config = where.settings
    if not config.smtp_host:
        yield absent("server", "OPSFLOWS_SMTP_HOST is not set: no mails.", "To get mails, set up a server.", _PAGE)
        return
    password = where.secret(client.SECRET) if config.smtp_username else None
    client.check(config, password=password, total_s=where.policy().total_s)
    yield ok("server", f"{config.smtp_host} takes us.")
    if not config.alerts_email_from or not config.alerts_email_to:
        text = "Nobody is written to: OPSFLOWS_ALERTS_EMAIL_FROM or OPSFLOWS_ALERTS_EMAIL_TO is not set."
        yield wrong("addresses", text, "Set both.", _PAGE)
