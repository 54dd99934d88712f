"""From a checked picture to fields: the engines in the order of the setting, each attempt kept."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from kit import dates, logging, secrets, settings, task
from kit.errors import ConfigurationError, OpsflowsError
from tickets.extraction.model import Attempt, Extraction, Provider
from tickets.extraction.regions import Region

Engine = Callable[[bytes], Extraction]


def read(jpeg: bytes, ctx: task.Context, pages: Sequence[Region] = ()) -> Extraction:
    """Try the engines in their order; the first that reads the picture wins, the failed ones stay on record.

    Args:
        jpeg: the checked picture.
        ctx: for metrics.
        pages: those of a document, with the text that they bring.

    Raises:
        ConfigurationError: the order names no engine that can be used.
        OpsflowsError: the last engine failed; its own error.
    """
    failed: list[Attempt] = []
    error: OpsflowsError = ConfigurationError(
        "No extraction engine can be used.",
        code="no_engine",
        next_action="Set OPSFLOWS_EXTRACT_ORDER to `ocr`, or set the secret OPENAI_API_KEY.",
    )
    for name, engine in _engines(pages):
        started = time.monotonic()
        try:
            extraction = engine(jpeg)
        except OpsflowsError as raised:
            error = raised
            failed.append(_failed(name, raised, started))
            logging.get(__name__).warning("extraction.engine_failed", engine=name, code=raised.code)
            continue
        ctx.timer("extraction_seconds", time.monotonic() - started, engine=name)
        return extraction.model_copy(update={"attempts": failed + extraction.attempts})
    raise error


def _engines(pages: Sequence[Region]) -> list[tuple[Provider, Engine]]:
    usable: dict[str, tuple[Provider, Engine]] = {"ocr": ("ocr", partial(_ocr, pages=pages))}
    if secrets.optional("OPENAI_API_KEY"):
        usable["vision"] = ("vision", _vision)
    return [usable[name] for name in settings.get().extract_order if name in usable]


def _ocr(jpeg: bytes, *, pages: Sequence[Region]) -> Extraction:
    from tickets.extraction import offline

    return offline.extract(jpeg, country=settings.get().default_country, today=dates.today(), pages=pages)


def _vision(jpeg: bytes) -> Extraction:
    from adapters import openai_vision

    return openai_vision.extract(jpeg, settings=settings.get(), api_key=secrets.get("OPENAI_API_KEY"))


def _failed(name: Provider, error: OpsflowsError, started: float) -> Attempt:
    """The attempt as the engine recorded it, tokens and cost included, else as it is known here."""
    if known := error.details.get("attempt"):
        return Attempt.model_validate(known)
    model = settings.get().openai_model if name == "vision" else "rapidocr"
    elapsed = round((time.monotonic() - started) * 1000)
    return Attempt(provider=name, model=model, outcome=error.code, latency_ms=elapsed)
