"""The command line, and what it asks for."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from kit import secrets, settings
from tools.replay import checkout
from tools.replay.candidate import ROOT, Candidate, Engine
from tools.replay.errors import ReplayError
from tools.replay.recorded import Selection
from tools.replay.run import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODES: Final = get_args(settings.Settings.model_fields["extract_mode"].annotation)
ABOUT: Final = """\
What another prompt, model, rule set or release would have read from the newest stored receipts: differences by field,
what of it is right by people's reviews, verdicts, time and cost. Nothing is written but the files that are named here.
Without a candidate: the rules, calibration and checks of this checkout over what the OCR read then."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; wrong usage ends the process with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.replay", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--release", metavar="X.Y.Z", help="the scripts of another release, from its tag")
    whose.add_argument("--checkout", type=Path, metavar="DIR", help="the scripts of another checkout")
    parser.add_argument("--rules", action="store_true", help="rules over the stored boxes (default)")
    parser.add_argument("--reread", action="store_true", help="read the stored pictures anew by the local OCR")
    parser.add_argument("--prompt", metavar="NAME", help="ask the vision model with this prompt, such as receipt@2")
    parser.add_argument("--model", metavar="NAME", help="ask this vision model")
    parser.add_argument("--against", metavar="X.Y.Z", help="the baseline: this release's reading, not the recorded one")
    parser.add_argument("--mode", choices=MODES, help="when the model's answer counts (OPSFLOWS_EXTRACT_MODE)")
    parser.add_argument("--max-usd", type=_usd, default=Decimal("0.50"), help="most that the model may cost (0.50)")
    parser.add_argument("--timeout", type=_positive, default=60, metavar="S", help="seconds for one receipt (60)")
    parser.add_argument("--last", type=_positive, default=200, metavar="N", help="the newest so many (200)")
    parser.add_argument("--since", type=_day, metavar="DATE", help="received on this day (UTC) or later, YYYY-MM-DD")
    parser.add_argument("--sender", help="of one sender: id or phone number, as in the database")
    parser.add_argument("--only-corrected", action="store_true", help="only those that a person corrected")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything for machines")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page for people")
    parser.add_argument("--pictures", action="store_true", help="with the pieces of the pictures: personal data")
    parser.add_argument("--fail-on", choices=["regressions"], help="end with 1 when a labelled receipt got worse")
    given = parser.parse_args(arguments)
    if wrong := _contradiction(given):
        parser.error(wrong)
    return given


def _contradiction(given: argparse.Namespace) -> str | None:
    asks = bool(given.prompt or given.model)
    if given.rules + given.reread + asks > 1:
        return "--rules, --reread and --prompt or --model exclude each other"
    if asks and (given.release or given.checkout):
        return "another release is replayed without the model: run its own tools.replay"
    if asks and given.mode == "ocr":
        return "in the mode ocr no model is asked"
    return "--pictures is for --html" if given.pictures and not given.html else None


def selection(given: argparse.Namespace) -> Selection:
    """Which receipts."""
    return Selection(given.last, given.since, given.sender, given.only_corrected)


def in_words(wanted: Selection) -> str:
    """Which receipts, for the report; a sender is not named."""
    words = [f"the newest {wanted.most} with what the OCR read"]
    words += [f"received since {wanted.since:%Y-%m-%d}"] if wanted.since else []
    words += ["of one sender"] if wanted.sender else []
    words += ["that a person corrected"] if wanted.only_corrected else []
    return ", ".join(words)


@contextmanager
def baseline(given: argparse.Namespace) -> Iterator[Candidate | None]:
    """What the candidate is compared with: another release on the same boxes or pictures; None: what was recorded.

    Raises:
        ReplayError: there is no such release.
    """
    if not given.against:
        yield None
        return
    with checkout.of_release(ROOT, given.against) as root:
        mode = given.mode or settings.get().extract_mode
        yield _local(given, f"release {given.against}", root, mode)


@contextmanager
def candidate(given: argparse.Namespace) -> Iterator[tuple[Candidate, Bound]]:
    """What is tried, and what it may spend; another release's files are there as long as the context lasts.

    Raises:
        ReplayError: there is no such release or checkout, or the model's price is not known.
        ConfigurationError: there is no key for the model.
    """
    mode = given.mode or settings.get().extract_mode
    if given.prompt or given.model:
        yield _model(given, mode)
    elif given.release:
        with checkout.of_release(ROOT, given.release) as root:
            yield _local(given, f"release {given.release}", root, mode), Bound()
    elif given.checkout:
        root = checkout.of_folder(given.checkout)
        yield _local(given, f"the checkout {root.name}", root, mode), Bound()
    else:
        yield _local(given, "this checkout", ROOT, mode), Bound()


def _local(given: argparse.Namespace, whose: str, root: Path, mode: str) -> Candidate:
    engine: Engine = "ocr" if given.reread else "boxes"
    name = f"{'the OCR and rules' if given.reread else 'the rules'} of {whose}, mode {mode}"
    return Candidate(name, engine, root, mode, timeout_s=given.timeout)


def _model(given: argparse.Namespace, mode: str) -> tuple[Candidate, Bound]:
    from adapters import openai_vision

    config = settings.get()
    model, prompt = given.model or config.openai_model, given.prompt or "receipt"
    worst = openai_vision.most_usd(model)
    if worst is None:
        raise ReplayError(
            f"What {model} costs is not known, so nothing would bound it. Add it to namespace_files/config/prices.json."
        )
    said = openai_vision.prompt.load(prompt).name
    environment = {
        "OPENAI_API_KEY": secrets.get("OPENAI_API_KEY"),
        "OPENAI_BASE_URL": config.openai_base_url,
        "OPSFLOWS_OPENAI_MODEL": model,
        "OPSFLOWS_EXTRACT_TIMEOUT_S": str(config.extract_timeout_s),
        "OPSFLOWS_HTTP_ALLOW_PRIVATE": ",".join(config.http_allow_private),
        "OPSFLOWS_DEFAULT_COUNTRY": config.default_country,
        "OPSFLOWS_DEFAULT_CURRENCY": config.default_currency,
        "OPSFLOWS_LOCALE": config.locale,
    }
    name = f"the model {model} with {said}, mode {mode}"
    made = Candidate(name, "model", ROOT, mode, prompt, environment, given.timeout)
    return made, Bound(given.max_usd, worst)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


def _usd(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError("an amount such as 0.50")
    return value


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("a day such as 2026-11-01") from None
