"""Folding of text as an OCR engine prints it, so that rules can be written once for all its spellings."""

import re

from kit.text import fold as text_fold

# Escapes rather than the characters themselves: they look just like those that they become.
_ALIKE = str.maketrans(
    {
        "\u00d7": "x",
        "\uff1a": ":",
        "\uff1b": ";",
        "\uff0c": ",",
        "\uff08": "(",
        "\uff09": ")",
        "\u2013": "-",
        "\u2014": "-",
        "\u2019": "'",
        "\u00b4": "'",
        "\u00b0": "o",
    }
)
# A word in which a zero was read for an o: letters outnumber the zeros, of which there are no two side by side.
_ZERO_WORD = re.compile(r"(?<![a-z0-9])(?=[a-z0]*0)(?=[a-z0]*[a-z]{2})(?![a-z0]*00)[a-z0]{4,}(?![a-z0-9])")


def fold(text: str) -> str:
    """Lower-case, without accents; one kind of dash, colon and space; "Nº" and "N°" are "no", "F0LI0" is "folio"."""
    return _ZERO_WORD.sub(lambda word: word.group().replace("0", "o"), text_fold(text.translate(_ALIKE)))


def letters(text: str) -> int:
    """Count the letters of a text."""
    return sum(char.isalpha() for char in text)


def digits(text: str) -> int:
    """Count the digits of a text."""
    return sum(char.isdigit() for char in text)


def any_of(*patterns: str) -> re.Pattern[str]:
    """One expression that finds any of several, over folded text."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
