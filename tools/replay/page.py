"""The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kit.errors import NotFoundError, RefusedInputError
from tickets import crops
from tools.replay import report
from tools.replay.compare import DANGERS
from tools.replay.figures import NONE, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.replay.compare import Difference
    from tools.replay.figures import Figures
    from tools.replay.report import About

TEMPLATE: Final = "report.html"
# More would be a page that no phone opens; the JSON file has them all.
MOST_SHOWN: Final = 200


def html(
    about: About, found: Figures, differences: Sequence[Difference], *, pictures: Mapping[str, Mapping[str, bytes]]
) -> str:
    """Make the page.

    Args:
        about: what the report is about.
        found: the figures.
        differences: all of them; the worst are shown.
        pictures: ticket to field to a JPEG, as `pieces` gives them.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    listed = report.ordered(differences)
    selection = report.fingerprint(differences)
    return environment.get_template(TEMPLATE).render(
        about=about,
        found=found,
        line=report.line(about, found, selection),
        verdicts=VERDICTS,
        columns=(*VERDICTS, NONE),
        dangers=[(words, *found.dangers[kind]) for kind, words in DANGERS.items() if any(found.dangers[kind])],
        shown=[_shown(item, pictures.get(item.recorded.ticket_id, {})) for item in listed[:MOST_SHOWN]],
        more=max(0, len(listed) - MOST_SHOWN),
        effort=report.effort,
        without_ocr=report.WITHOUT_OCR,
        sureness=report.sureness,
    )


def pieces(differences: Sequence[Difference], picture: Callable[[str], bytes]) -> dict[str, dict[str, bytes]]:
    """Cut out where the fields that differ were read, for the receipts that the page shows.

    Args:
        differences: all of them.
        picture: reads a file of Kestra's storage.

    Raises:
        OpsflowsError: Kestra cannot be asked. A picture that is gone or cannot be read is left out.
    """
    found = {}
    for item in report.ordered(differences)[:MOST_SHOWN]:
        evidence = _places(item)
        if not item.recorded.image_uri or not evidence:
            continue
        try:
            jpeg = picture(item.recorded.image_uri)
            found[item.recorded.ticket_id] = crops.pieces(jpeg, evidence, rotation=item.recorded.rotation)
        except (NotFoundError, RefusedInputError):
            continue
    return found


def _places(item: Difference) -> dict[str, Any]:
    """Where each field that differs was read by the candidate, else by the recorded reading."""
    places = dict(item.recorded.reading.evidence) | {
        name: found for name, found in item.reading.evidence.items() if found
    }
    return {
        field.field: places[field.field] for field in item.fields if field.change != "same" and field.field in places
    }


def _shown(item: Difference, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "ticket_id": item.recorded.ticket_id,
        "before": item.recorded.reading.verdict,
        "now": item.reading.verdict or item.reading.outcome,
        "danger": DANGERS[item.danger] if item.danger else None,
        "regressed": item.regressed,
        "gone_codes": [code for code in item.recorded.reading.codes if code not in item.reading.codes],
        "new_codes": [code for code in item.reading.codes if code not in item.recorded.reading.codes],
        "fields": [field for field in item.fields if field.change != "same" or field.broken],
        "pictures": {name: base64.b64encode(jpeg).decode() for name, jpeg in pictures.items()},
    }
