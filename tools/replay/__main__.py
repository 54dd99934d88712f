"""`python -m tools.replay`: see `--help` and docs/replay.md."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from kit import dates, db, kestra, private_files, settings
from kit.errors import OpsflowsError
from tools.replay import options, page, recorded, report
from tools.replay.errors import ReplayError
from tools.replay.figures import figures
from tools.replay.run import Run, rebased, run

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from tools.replay.figures import Figures

COMPARED, REGRESSED, NOT_COMPARED = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Replay; 0 compared, 1 regressions that `--fail-on` asks about, 2 wrong usage or nothing could be compared."""
    given = options.parse(arguments)
    try:
        return _replay(given)
    except (ReplayError, OpsflowsError) as error:
        print(error, file=sys.stderr)
        return NOT_COMPARED


def _replay(given: argparse.Namespace) -> int:
    wanted = options.selection(given)
    with options.baseline(given) as baseline, options.candidate(given) as (candidate, bound):
        picture = _pictures() if candidate.needs_picture or given.pictures else None
        with db.connect() as conn:
            receipts = recorded.select(conn, wanted, with_picture=candidate.needs_picture)
        if not receipts:
            raise ReplayError("No stored receipt fits.")
        known = rebased(receipts, baseline, picture=picture, progress=_progress) if baseline else receipts
        made = run(known, candidate, picture=picture, bound=bound, progress=_progress)
    left_out = _left_out(made, unknown=len(receipts) - len(known))
    if not made.differences:
        raise ReplayError(f"None of {len(receipts)} receipts could be read: {left_out}.")
    found = figures(made.differences)
    against = baseline.name if baseline else "what was recorded"
    with_ocr = candidate.engine == "ocr"
    about = report.About(candidate.name, against, options.in_words(wanted), dates.utcnow(), left_out, with_ocr)
    _write_files(given, about, found, made, picture)
    print(report.text(about, found, made.differences))
    print("\n" + report.line(about, found, report.fingerprint(made.differences)))
    if not given.fail_on:
        return COMPARED
    if found.regressed:
        return REGRESSED
    return NOT_COMPARED if made.stopped else COMPARED


def _left_out(made: Run, *, unknown: int) -> dict[str, int]:
    """Causes, and how many receipts each of them keeps out of the comparison."""
    causes = {
        "the baseline has no reading": unknown,
        "no money left for the model": made.unpaid,
        "the picture is gone": made.gone,
        made.stopped: made.unread,
    }
    return {cause: number for cause, number in causes.items() if number}


def _write_files(
    given: argparse.Namespace,
    about: report.About,
    found: Figures,
    made: Run,
    picture: Callable[[str], bytes] | None,
) -> None:
    if given.json:
        text = json.dumps(report.as_json(about, found, made.differences), default=str, ensure_ascii=False, indent=1)
        private_files.write(given.json, f"{text}\n".encode())
    if given.html:
        pictures = page.pieces(made.differences, picture) if given.pictures and picture else {}
        html = page.html(about, found, made.differences, pictures=pictures)
        private_files.write(given.html, html.encode())


def _pictures() -> Callable[[str], bytes]:
    return kestra.Client(settings.get()).file


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} receipts", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
