"""Texts for people, from namespace_files/messages/<locale>.json: a flat map of keys to format strings."""

from __future__ import annotations

import json
from functools import cache

from kit import files, locales
from kit.errors import ConfigurationError


def t(key: str, locale: str | None = None, **values: object) -> str:
    """Return the text for `key` with its `{placeholders}` filled.

    Args:
        key: e.g. `answer.accept`.
        locale: language, `es` or `es_MX`; default: `locales.current()`.
        **values: the placeholders' values; braces in them are harmless.

    Raises:
        ConfigurationError: the catalogue, the key or a value is missing.
    """
    template = _catalogue(language(locale)).get(key)
    if template is None:
        raise ConfigurationError(f"There is no text {key!r}.", code="text_missing", next_action="Add it to messages/.")
    try:
        return template.format_map(values)
    except KeyError as error:
        raise ConfigurationError(
            f"The text {key!r} needs {error}.", code="text_value_missing", next_action="Pass it to i18n.t."
        ) from None


def has(key: str, locale: str | None = None) -> bool:
    """Whether there is a text for `key`."""
    return key in _catalogue(language(locale))


def language(locale: str | None = None) -> str:
    """The language of a locale, as HTML and the catalogues name it; default: `locales.current()`."""
    return (locale or locales.current()).replace("-", "_").partition("_")[0]


@cache
def _catalogue(language: str) -> dict[str, str]:
    catalogue: dict[str, str] = json.loads(files.read_text(f"messages/{language}.json"))
    return catalogue
