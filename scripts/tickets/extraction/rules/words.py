"""Folding of text as an OCR engine prints it, so that rules can be written once for all its spellings."""

import re
import unicodedata

_ALIKE = str.maketrans(
    {"×": "x", "：": ":", "；": ";", "，": ",", "（": "(", "）": ")", "–": "-", "—": "-", "’": "'", "´": "'"}
)


def fold(text: str) -> str:
    """Lower-case, without accents, with one kind of dash, colon and space; "Nº" becomes "no"."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", plain.replace("n°", "no")).strip()


def letters(text: str) -> int:
    """Count the letters of a text."""
    return sum(char.isalpha() for char in text)


def digits(text: str) -> int:
    """Count the digits of a text."""
    return sum(char.isdigit() for char in text)
