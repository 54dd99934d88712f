"""One place that hides secrets and personal data in text: logs, errors, outcomes and stored bodies all pass here.

`mask_secrets` hides credentials only (registered values and well-known shapes of tokens); `redact` also masks
phone numbers, e-mail addresses, card numbers and IBANs. Both are linear in the length of the text.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK: Final = "***"
# Shorter values would mask ordinary words.
_MIN_SECRET: Final = 6
_IBAN_LENGTH: Final = range(15, 35)
_CARD_LENGTH: Final = range(13, 20)

_registered: set[str] = set()

_PRIVATE_NAMES = "|".join(
    (
        *("access_token", "refresh_token", "id_token", r"hub\.verify_token", "token", "api_?key", "key"),
        *("client_secret", "app_secret", "secret", "password", "passwd", "pwd", "signature", "sig", "assertion"),
    )
)
_TOKENS: Final = tuple(
    # What a pattern calls `hidden` is masked; the rest tells a reader which credential it was.
    re.compile(pattern)
    for pattern in (
        r"(?s)(?P<hidden>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
        r"(?i)authorization[\"']?\s*[:=]\s*[\"']?(?P<hidden>(?:(?:bearer|basic|digest)\s+)?[^\s\"',;}]+)",
        r"(?i)\b(?:bearer|basic)\s+(?P<hidden>[\w.~+/=-]{8,})",
        r"hooks\.slack\.com/(?P<hidden>(?:services|workflows|triggers)/[^\s\"'<>)]+)",
        r"/services/(?P<hidden>T\w+/B\w+/\w+)",
        r"/executions/webhook/[\w.-]+/[\w-]+/(?P<hidden>[^\s\"'<>/?)]+)",
        r"/(?:tickets/review|alerts/act)/(?P<hidden>[^\s\"'<>?#]+)",
        r"\b(?P<hidden>xox[abeprs]-[\w-]+)",
        r"\b(?P<hidden>(?:sk|rk|pk)[-_][\w-]{16,})",
        r"\b(?P<hidden>EAA\w{20,})",
        r"\b(?P<hidden>hv[sbr]\.[\w-]{8,})",
        r"\b(?P<hidden>ya29\.[\w-]+)",
        r"\b(?P<hidden>eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)",
        r"://[^/\s:@]{0,200}:(?P<hidden>[^/\s@]{1,500})@",
        rf"(?i)[?&;](?:{_PRIVATE_NAMES})=(?P<hidden>[^&\s\"'<>#]+)",
        rf"(?i)\b(?:{_PRIVATE_NAMES})[\"']?\s*(?:=|:)\s*[\"'](?P<hidden>[^\"']{{4,}})(?=[\"'])",
        r"(?i)\bpassword=(?P<hidden>[^\s\"']+)",
    )
)
_EMAIL: Final = re.compile(r"\b([\w.%+-])[\w.%+-]{0,63}@((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})\b")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b")
_CARD: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.]\d|\w)")
_PHONE: Final = re.compile(
    r"(?<![\w.])(?<!T-)(?:"  # T-…: our own ticket ids
    r"\+\d(?:[ .()-]{0,2}\d){6,14}"  # international, in any grouping
    r"|\d{9,15}"  # bare, as wa_id has it
    r"|[6789]\d{2}[ .-]\d{3}[ .-]\d{3}|[6789]\d{2}(?:[ .-]\d{2}){3}"  # Spanish, in its usual groupings
    r"|\(\d{3}\) ?\d{3}-\d{4}"
    r")(?![\w]|\.\d)"
)


def register(value: str) -> None:
    """Hide `value` from now on, also where it appears JSON-escaped, URL-quoted or in base64.

    A JSON document (a service account) registers its private members instead of the whole text, since
    only those travel alone.
    """
    _registered.update(variant for part in _parts(value) for variant in _variants(part))


def mask_registered(text: str) -> str:
    """Hide only the registered secrets; fit for data that must otherwise stay as it is (task outputs)."""
    return _cover(text, list(_registered_spans(text)))


def mask_secrets(text: str) -> str:
    """Hide registered secrets and everything that has the shape of a credential."""
    # Both are looked for in the text as it came: a secret that is an ordinary word (a database whose password is
    # "password") would otherwise hide the very name by which the credential beside it is known.
    shapes = [match.span("hidden") for pattern in _TOKENS for match in pattern.finditer(text)]
    return _cover(text, [*_registered_spans(text), *shapes])


def redact(text: str) -> str:
    """Hide credentials and mask personal data (e-mail, phone, card, IBAN) in `text`."""
    text = mask_secrets(text)
    text = _EMAIL.sub(_mask_email, text)
    text = _IBAN.sub(_mask_iban, text)
    text = _CARD.sub(_mask_card, text)
    return _PHONE.sub(lambda m: MASK + re.sub(r"\D", "", m[0])[-3:], text)


def _parts(value: str) -> Iterator[str]:
    """The secret itself, or the private members of a JSON document."""
    if not value.lstrip().startswith("{"):
        yield value
        return
    try:
        document = json.loads(value)
    except ValueError:
        yield value
        return
    yield value
    for key, member in document.items():
        if isinstance(member, str) and re.search(r"(?i)key|secret|token|password", key) and "://" not in member:
            yield member
            # A message that is cut in the middle holds no whole key, but some of its lines.
            yield from (line for line in member.splitlines()[:-1] if "-----" not in line)


def _variants(secret: str) -> Iterator[str]:
    """Each written form of a secret that is long enough to be told from ordinary text."""
    raw = secret.strip()
    if len(raw) < _MIN_SECRET:
        return
    yield raw
    yield json.dumps(raw)[1:-1]
    yield json.dumps(raw, ensure_ascii=False)[1:-1]
    yield quote(raw, safe="")
    yield quote(raw)
    yield base64.b64encode(raw.encode()).decode()


def _registered_spans(text: str) -> Iterator[tuple[int, int]]:
    # Not one pattern of them all: compiling it for a service account takes longer than a task's other imports.
    for value in _registered:
        start = text.find(value)
        while start >= 0:
            yield start, start + len(value)
            start = text.find(value, start + len(value))


def _cover(text: str, spans: list[tuple[int, int]]) -> str:
    """`text` with one mask in the place of each group of spans that overlap or touch."""
    pieces, kept_from, hidden_to = [], 0, -1
    for start, end in sorted(spans):
        if start > hidden_to:
            pieces += [text[kept_from:start], MASK]
        hidden_to = kept_from = max(hidden_to, end)
    return "".join([*pieces, text[kept_from:]])


def _mask_email(match: re.Match[str]) -> str:
    # A service account is a machine's name that a person must read to share a sheet with it.
    return match[0] if match[2].endswith("gserviceaccount.com") else f"{match[1]}{MASK}@{match[2]}"


def _mask_iban(match: re.Match[str]) -> str:
    compact = match[0].replace(" ", "")
    if len(compact) not in _IBAN_LENGTH:
        return match[0]
    digits = "".join(str(int(c, 36)) for c in compact[4:] + compact[:4])
    return f"{compact[:4]}{MASK}{compact[-4:]}" if int(digits) % 97 == 1 else match[0]


def _mask_card(match: re.Match[str]) -> str:
    digits = [int(c) for c in match[0] if c.isdigit()]
    if len(digits) not in _CARD_LENGTH:
        return match[0]
    doubled = (d * 2 - 9 * (d > 4) for d in digits[-2::-2])  # noqa: PLR2004 - Luhn: two-digit doubles lose 9
    return MASK + match[0][-4:] if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else match[0]
