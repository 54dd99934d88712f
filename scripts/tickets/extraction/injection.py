"""Text on a page that speaks to a machine instead of to a customer: such a receipt goes to a person.

No list of phrases is complete, and nothing relies on this one: amounts must add up, a model's total must be on the
page, engines must agree. It is for what both could be led astray by, print that the OCR reads as well.
"""

from __future__ import annotations

import re
from typing import Final

from kit.text import fold
from tickets.extraction.model import Reason

_SHOWN: Final = 120
# Over a page's letters and digits alone, since OCR loses spaces and breaks lines.
_PHRASES: Final = (
    r"(?:ignor|disregard|forget|overrid|olvid|omit|descart)[a-z]{0,24}(?:instruc|previous|anterior|prompt|rules|reglas)",
    r"(?:previous|anterior(?:es)?|new|nuevas)(?:instructions|instrucciones)",
    (
        r"(?:set|put|change|make|report|return|write|pon|cambia|establece|devuelve|fija|anota)"
        r"(?:the|el|your|su|este|this)[a-z]{0,12}(?:total|amount|importe)"
    ),
    r"(?:total|amount|importe)(?:field)?(?:mustbe|shouldbe|shallbe|isnow|isactually|isreally|debeser|esahora|ahoraes)",
    (
        r"(?:youare|actas|behaveas|eres|actuacomo|finge)(?:now)?(?:the|a|an|un|una|el|la|my)?[a-z]{0,12}"
        r"(?:assistant|asistente|model|modelo|system|sistema|chatbot|accountant|contable|admin)"
    ),
    r"(?:systemprompt|developermode|mododepruebas|jailbreak|asanai|languagemodel|modelodelenguaje)",
    r"(?:donot|dont|never|skip|without|no|sin)(?:the)?(?:review|flag|revisar|revises|revision)(?:this|est|it|lo|de)",
    r"(?:approve|accept|aprueba|acepta)(?:this|the|este|el)(?:receipt|ticket|recibo|invoice|factura|expense|gasto)",
)
# Over the rows as read.
_MARKS: Final = (
    r"^\W{0,3}(?:system|assistant|developer|sistema|asistente)\s*:\s*\w",
    r"[\"'{,]\s*(?:is_?receipt|total|merchant|verdict|unclear_?fields)[\"']\s*:",
    r"\bdrop\s*table|\binsert\s*into|\bdelete\s*from\b|\bunion\s*select|\bupdate\s*\w+?\s*set\b|\bor\s*1\s*=\s*1",
    r"\]\s*\(\s*(?:https?|javascript|data)",
    r"<\s*/?\s*(?:script|img|iframe|svg)\b|javascript:|onerror\s*=",
    r"\{\{|\{%|<%|\$\{",
)
_SQUEEZED: Final = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES))
_AS_READ: Final = re.compile("|".join(f"(?:{mark})" for mark in _MARKS), re.IGNORECASE | re.MULTILINE)


def found(text: str) -> str | None:
    """The first piece of a page's text that speaks to a machine, or None."""
    if match := _AS_READ.search(text):
        return text[match.start() : match.start() + _SHOWN]
    match = _SQUEEZED.search(re.sub(r"[^a-z0-9]", "", fold(text)))
    return match.group()[:_SHOWN] if match else None


def reasons(text: str) -> list[Reason]:
    """The reason for a person to look, if there is one."""
    evidence = found(text)
    if evidence is None:
        return []
    return [Reason(code="instructions_on_page", severity="review", evidence=" ".join(evidence.split()))]
