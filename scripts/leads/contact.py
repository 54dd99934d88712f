"""How a person is reached and called, each in one form; what has no such form is None.

phonenumbers and email-validator are imported by the functions that need them.
"""

from __future__ import annotations

import re
from typing import Final

_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:[-_ ]([a-z]{4}))?(?:[-_ ]([a-z]{2}))?", re.IGNORECASE | re.ASCII)
_LANGUAGE_NAMES: Final = {"spanish": "es", "español": "es", "english": "en", "inglés": "en", "french": "fr"}


def email(written: str | None) -> str | None:
    """Return an address in lower case, or None when it is none; whether it exists is not asked.

    Source: RFC 5321 and 5322, as email-validator reads them.
    """
    if not written:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        read = validate_email(written, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailNotValidError, ValueError, IndexError):
        return None
    # HubSpot compares addresses without case, and so do mail servers that people use.
    return f"{read.local_part}@{read.ascii_domain}".lower()


def phone(written: str | None, country: str) -> str | None:
    """Return a number as E.164, or None when it is none that could be dialled.

    Args:
        written: as a person or ManyChat writes it.
        country: ISO 3166 country that a number without a prefix belongs to.
    """
    if not written:
        return None
    import phonenumbers

    # WhatsApp names numbers by their digits alone, with the country's prefix.
    for candidate, region in ((written, country), (f"+{written}", None)):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def names(first: str | None, last: str | None, whole: str | None) -> tuple[str | None, str | None]:
    """Return first and last name with single spaces; names that shout or whisper get capitals.

    Args:
        first: the first name, or None.
        last: the last name, or None.
        whole: both in one; used when neither of the others is there.
    """
    if whole and not first and not last:
        parts = whole.split()
        first, last = (parts[0], " ".join(parts[1:]) or None) if parts else (None, None)
    return _name(first), _name(last)


def locale(written: str | None) -> str | None:
    """Return `es` or `es_MX` for what ManyChat calls `es_MX`, `es-mx` or `Spanish`; None for anything else."""
    if not written:
        return None
    match = _LANGUAGE.fullmatch(_LANGUAGE_NAMES.get(written.strip().lower(), written.strip()))
    if not match:
        return None
    return match[1].lower() + (f"_{match[3].upper()}" if match[3] else "")


def _name(written: str | None) -> str | None:
    if not written:
        return None
    joined = " ".join(written.split())
    if joined.isupper() or joined.islower():
        capitals = " ".join(word.capitalize() for word in joined.split())
        # A few letters are two as a capital (ß, ŉ): such a word is left as it was.
        joined = capitals if len(capitals) == len(joined) else joined
    return joined or None
