"""Country and currency, from what is printed: tax number, signs, words, telephone prefixes. The default comes last."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tickets.extraction.rules.words import fold

CURRENCIES = {
    "ES": "EUR", "PT": "EUR", "FR": "EUR", "IT": "EUR", "DE": "EUR", "IE": "EUR", "MX": "MXN", "AR": "ARS", "CL": "CLP", "CO": "COP",
    "PE": "PEN", "EC": "USD", "US": "USD", "GB": "GBP", "BR": "BRL", "MY": "MYR", "MA": "MAD", "UY": "UYU", "PY": "PYG", "BO": "BOB",
    "DO": "DOP", "SV": "USD", "PA": "USD", "CR": "CRC", "GT": "GTQ", "HN": "HNL", "AU": "AUD", "CA": "CAD", "SG": "SGD", "CH": "CHF",
}  # fmt: skip
_SIGNS: tuple[tuple[str, str], ...] = (
    ("EUR", r"€|\beur(?:os?)?\b|(?<=\d)eur\b"),
    ("MYR", r"\bmyr\b|\brm\b|\brm(?=\s?\d)|\(rm\)"),
    ("GBP", r"£|\bgbp\b"),
    ("MXN", r"\bmxn\b|\bm\.n\.|moneda nacional|pesos mexicanos"),
    ("COP", r"\bcop\b"),
    ("CLP", r"\bclp\b"),
    ("ARS", r"\bars\b"),
    ("PEN", r"\bpen\b|s/\.?\s?\d|\bs/\s|nuevos soles|\bsoles\b"),
    ("BRL", r"\bbrl\b|r\$"),
    ("USD", r"\busd\b|us\$|u\$s|dolares"),
    ("MAD", r"\bmad\b|\bdhs?\b"),
    ("BOB", r"\bbob\b|\bbs\.?\s?\d"),
    ("CRC", r"₡|\bcrc\b"),
    ("GTQ", r"\bgtq\b|\bq\s?\d+\.\d\d"),
    ("CHF", r"\bchf\b"),
)
_COUNTRY_WORDS: tuple[tuple[str, str], ...] = (
    ("MY", r"sdn\.?\s?bhd|malaysia|selangor|kuala lumpur|johor|\bjalan\b|\bjln\b|penang|sarawak|\bgst\s?@"),
    ("ES", r"\b[cn]\.?i\.?f\b|espana|factura simplificada|\bs\.l\.|madrid|barcelona|valencia|sevilla|\+34|iva incluido"),
    ("MX", r"\brfc\b|mexico|c\.v\.|\bcfdi\b|\bcdmx\b|jalisco"),
    ("AR", r"\bcuit\b|argentina|buenos aires|consumidor final"),
    ("CL", r"boleta electronica|santiago de chile|\bchile\b|\bsii\b|\br\.?u\.?t\b"),
    ("CO", r"\bnit\b|colombia|bogota|medellin|resolucion dian|\bdian\b"),
    ("PE", r"\bsunat\b|boleta de venta electronica|\bperu\b|\bigv\b|\blima\b"),
    ("EC", r"ecuador|\bsri\b|quito|guayaquil"),
    ("US", r"\b[a-z]{2}\s\d{5}(?:-\d{4})?\b|sales tax|\(\d{3}\)\s?\d{3}-\d{4}|\busa\b|gratuity"),
    ("GB", r"united kingdom|\bvat reg|\blondon\b|\bltd\b"),
    ("PT", r"portugal|lisboa|contribuinte|fatura|\bporto\b"),
    ("FR", r"\bsiret\b|\bttc\b|\btva\b|france\b"),
    ("MA", r"\bice\s?:|\brabat\b|casablanca|maroc|\bmeknes\b"),
    ("BR", r"\bcnpj\b|brasil|cupom fiscal|nfc-e"),
)  # fmt: skip
_MONTH_FIRST = {"US"}


@dataclass(frozen=True)
class Locale:
    """Where a receipt comes from; ``scores`` are those of country and currency, low for defaults."""

    country: str
    currency: str
    country_score: float
    currency_score: float
    currency_row: int | None

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
    votes = Counter(
        {country: sum(bool(re.search(pattern, row)) for row in rows) for country, pattern in _COUNTRY_WORDS}
    )
    if tax_country:
        votes[tax_country] += 5
    (best, count), *_ = votes.most_common(1)
    country = best if count else default_country
    signs = Counter({code: sum(bool(re.search(pattern, row)) for row in rows) for code, pattern in _SIGNS})
    (sign, seen), *_ = signs.most_common(1)
    if seen:
        pattern = dict(_SIGNS)[sign]
        row = next(number for number, text in enumerate(rows) if re.search(pattern, text))
        return Locale(country, sign, min(0.95, 0.6 + 0.1 * count), min(0.98, 0.85 + 0.05 * seen), row)
    currency = CURRENCIES.get(country, CURRENCIES.get(default_country, "EUR"))
    return Locale(country, currency, 0.6 if count else 0.3, min(0.9, 0.55 + 0.1 * count) if count else 0.4, None)
