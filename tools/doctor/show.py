"""The reports for people: a table, in colour on a terminal only."""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import IO, TYPE_CHECKING, Final

from tools.doctor.model import Finding, Report, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLOURS: Final = {State.OK: "32", State.ATTENTION: "33", State.ABSENT: "2", State.WRONG: "31"}
_MARKS: Final = {State.OK: "", State.ATTENTION: "! ", State.ABSENT: "", State.WRONG: "✗ "}
_LEFT: Final = 15 + 16 + 8
_LEAST_WIDTH: Final = 40
_WIDTH: Final = 140


def table(reports: Sequence[Report], stream: IO[str]) -> str:
    """One block a provider: state, milliseconds, and a line for each thing that was seen."""
    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    columns = shutil.get_terminal_size().columns if stream.isatty() else _WIDTH
    width = max(_LEAST_WIDTH, min(columns, _WIDTH) - _LEFT)
    lines = [f"{'Provider':<15}{'State':<16}{'ms':>6}  What was seen"]
    for report in reports:
        lines += _block(report, width, colour=colour)
    return "\n".join([*lines, "", summary(reports)])


def summary(reports: Sequence[Report]) -> str:
    """The last line: what stands how."""
    by_state = {state: [report.provider for report in reports if report.state is state] for state in State}
    return "; ".join(f"{state}: {', '.join(names)}" for state, names in by_state.items() if names) + "."


def _block(report: Report, width: int, *, colour: bool) -> Iterator[str]:
    state = f"{report.state:<16}"
    left = f"{report.provider:<15}{_painted(state, report.state, on=colour)}{report.ms:>6}  "
    for finding in report.findings:
        for line in _finding(finding, width):
            yield (left + _painted(line, finding.state, on=colour and finding.state is not State.OK)).rstrip()
            left = " " * _LEFT


def _finding(finding: Finding, width: int) -> list[str]:
    shown = [_MARKS[finding.state] + finding.text]
    if finding.action:
        shown += [f"→ {finding.action}", f"  docs/{finding.docs}"]
    # An address that is broken over two lines cannot be clicked on or copied.
    wrapper = textwrap.TextWrapper(width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    return [line for text in shown for line in wrapper.wrap(text)]


def _painted(text: str, state: State, *, on: bool) -> str:
    return f"\x1b[{_COLOURS[state]}m{text}\x1b[0m" if on else text
