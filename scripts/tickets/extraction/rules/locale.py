"""Country and currency, from what is printed: tax number, signs, words, telephone prefixes. The default comes last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction.rules.words import any_of, fold

if TYPE_CHECKING:
    import re

_EURO = ("ES", "PT", "FR", "IT", "DE", "IE", "NL", "BE", "AT", "GR", "FI")
CURRENCIES = dict.fromkeys(_EURO, "EUR") | {
    "MX": "MXN", "AR": "ARS", "CL": "CLP", "CO": "COP", "PE": "PEN", "EC": "USD", "US": "USD", "GB": "GBP", "BR": "BRL",
    "MY": "MYR", "MA": "MAD", "UY": "UYU", "PY": "PYG", "BO": "BOB", "DO": "DOP", "SV": "USD", "PA": "USD", "CR": "CRC",
    "GT": "GTQ", "HN": "HNL", "AU": "AUD", "CA": "CAD", "SG": "SGD", "CH": "CHF",
}  # fmt: skip
_SIGNS: dict[str, re.Pattern[str]] = {
    "EUR": any_of("€", r"\beur(?:os?)?\b|(?<=\d)eur\b"),
    "MYR": any_of(r"\bmyr\b", r"\brm\b|\brm(?=\s?\d)"),
    "GBP": any_of("£", r"\bgbp\b"),
    "MXN": any_of(r"\bmxn\b", r"\bm\.\s?n\.", "moneda nacional|pesos mexicanos"),
    "COP": any_of(r"\bcop\b", "pesos colombianos"),
    "CLP": any_of(r"\bclp\b", "pesos chilenos"),
    "ARS": any_of(r"\bars\b", "pesos argentinos"),
    "PEN": any_of(r"\bpen\b", r"\bs/\.?\s?\d|\bs/\s", r"\bsoles\b"),
    "BRL": any_of(r"\bbrl\b", r"r\$"),
    "USD": any_of(r"\busd\b", r"us\$|u\$s", "dolares"),
    "MAD": any_of(r"\bmad\b|\bdhs?\b"),
    "BOB": any_of(r"\bbob\b", r"\bbs\.?\s?\d"),
    "CRC": any_of(r"\u20a1|\bcrc\b"),
    "GTQ": any_of(r"\bgtq\b", r"\bq\s?\d+\.\d\d"),
    "CHF": any_of(r"\bchf\b"),
}
_WORDS: dict[str, re.Pattern[str]] = {
    "MY": any_of(r"sdn\.?\s?bhd|\bs/b\b", r"malaysia|selangor|kuala lumpur|johor|penang|sarawak", r"\bjalan\b|\bjln\b"),
    "ES": any_of(
        r"\b[cn]\.?i\.?f\b", "espana|factura simplificada|iva incluido", r"\bs\.l\.", r"\+34|madrid|barcelona|valencia"
    ),
    "MX": any_of(r"\br\.?f\.?c\b", r"mexico|\bc\.v\.|\bcdmx\b|jalisco", r"\bcfdi\b"),
    "AR": any_of(r"\bcuit\b", "argentina|buenos aires|consumidor final"),
    "CL": any_of("boleta electronica", r"\bchile\b", r"\bsii\b|\br\.?u\.?t\b"),
    "CO": any_of(r"\bnit\b", "colombia|bogota|medellin", r"\bdian\b"),
    "PE": any_of(r"\bsunat\b", "boleta de venta electronica", r"\bperu\b|\bigv\b|\blima\b"),
    "EC": any_of("ecuador|quito|guayaquil", r"\bsri\b"),
    "US": any_of(r"\b[a-z]{2}\s\d{5}(?:-\d{4})?$", r"sales tax|gratuity|\busa\b", r"\(\d{3}\)\s?\d{3}-\d{4}"),
    "GB": any_of("united kingdom", r"\bvat reg|\blondon\b"),
    "PT": any_of("portugal|lisboa|contribuinte", r"\bfatura\b"),
    "FR": any_of(r"\bsiret\b|\bttc\b|\btva\b", r"\bfrance\b"),
    "MA": any_of(r"\bice\s?:", r"\brabat\b|casablanca|\bmaroc\b|\bmeknes\b"),
    "BR": any_of(r"\bcnpj\b", "brasil|cupom fiscal|nfc-e"),
}
_MONTH_FIRST = {"US"}
_DOLLAR_SIGN = {"USD", "MXN", "COP", "CLP", "ARS", "UYU", "CAD", "AUD", "SGD", "DOP"}
_ASSUMED = 0.4
_CHECKSUM_VOTES = 5


@dataclass(frozen=True)
class Locale:
    """Where a receipt comes from.

    ``sure`` says that at least two things on the receipt tell the country; ``currency_score`` is low when the currency
    is only the default's.
    """

    country: str
    sure: bool
    currency: str
    currency_score: float
    currency_row: int | None = None

    @property
    def month_first(self) -> bool:
        """Tell whether the country writes the month before the day."""
        return self.country in _MONTH_FIRST


def find_locale(texts: list[str], *, tax_country: str | None, default_country: str) -> Locale:
    """Find country and currency.

    Args:
        texts: The rows as read.
        tax_country: Country whose checksum the merchant's tax number satisfies, if any.
        default_country: ISO 3166 code, taken when the receipt tells nothing.
    """
    rows = [fold(text) for text in texts]
    votes = _votes(rows, _WORDS)
    if tax_country:
        votes[tax_country] += _CHECKSUM_VOTES
    (best, count), *_ = votes.most_common(1)
    country = best if count else default_country
    (sign, seen), *_ = _votes(rows, _SIGNS).most_common(1)
    if seen:
        row = next(number for number, text in enumerate(rows) if _SIGNS[sign].search(text))
        return Locale(country, count > 1, sign, min(0.98, 0.85 + 0.05 * seen), row)
    currency = CURRENCIES.get(country) or CURRENCIES.get(default_country, "EUR")
    score = min(0.9, 0.55 + 0.1 * count) if count else _ASSUMED
    if currency not in _DOLLAR_SIGN and any("$" in row for row in rows):
        score = min(score, max(_ASSUMED, score - 0.15))
    return Locale(country, count > 1, currency, score)


def _votes(rows: list[str], patterns: dict[str, re.Pattern[str]]) -> Counter[str]:
    """In how many rows each pattern is found."""
    return Counter({key: sum(bool(pattern.search(row)) for row in rows) for key, pattern in patterns.items()})
