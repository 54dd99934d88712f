"""The text edits of a release, as pure functions."""

import re
from datetime import date
from typing import NamedTuple

UNRELEASED = "## [Unreleased]"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\.dev(\d+))?")
_PROJECT_VERSION = re.compile(r'^version = "([^"]*)"$', re.MULTILINE)
_KIT_VERSION = re.compile(r'^__version__ = "([^"]*)"$', re.MULTILINE)
_FLOW_RELEASE = re.compile(r"^(variables:\n(?: {2}.*\n)*? {2}release: )\S+$", re.MULTILINE)
_SECTION = re.compile(rf"^{re.escape(UNRELEASED)}\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class EditError(ValueError):
    """A text is not as a release needs it; the message says what to do."""


class Version(NamedTuple):
    """`x.y.z`, or `x.y.z.devN` on the way to it; ordered as releases follow each other."""

    major: int
    minor: int
    patch: int
    development: float = float("inf")

    def __str__(self) -> str:
        """Return the version as it stands in pyproject.toml."""
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}.dev{self.development:.0f}" if self.is_development else core

    @property
    def is_development(self) -> bool:
        """Whether this is a version on the way to a release."""
        return self.development != float("inf")

    def next_development(self) -> "Version":
        """The version that work goes on with after this release."""
        return Version(self.major, self.minor, self.patch + 1, 0)


def parse(text: str) -> Version:
    """Read a version.

    Raises:
        EditError: it is neither `x.y.z` nor `x.y.z.devN`.
    """
    found = _VERSION.fullmatch(text)
    if not found or str(_version(found)) != text:
        raise EditError(f"{text!r} is no version: write it as x.y.z, such as 1.4.0.")
    return _version(found)


def _version(found: re.Match[str]) -> Version:
    core = (int(found[1]), int(found[2]), int(found[3]))
    return Version(*core) if found[4] is None else Version(*core, int(found[4]))


def project_version(pyproject: str) -> Version:
    """The version in pyproject.toml's text.

    Raises:
        EditError: there is not exactly one.
    """
    return parse(_only(_PROJECT_VERSION, pyproject, "pyproject.toml")[1])


def with_project_version(pyproject: str, version: Version) -> str:
    """pyproject.toml's text with another version."""
    return _replaced(_PROJECT_VERSION, pyproject, "pyproject.toml", version)


def with_kit_version(module: str, version: Version) -> str:
    """The text of the kit's `__init__.py` with another version, which providers see as our user agent."""
    return _replaced(_KIT_VERSION, module, "scripts/kit/__init__.py", version)


def _replaced(pattern: re.Pattern[str], text: str, name: str, version: Version) -> str:
    found = _only(pattern, text, name)
    return text[: found.start(1)] + str(version) + text[found.end(1) :]


def _only(pattern: re.Pattern[str], text: str, name: str) -> re.Match[str]:
    found = list(pattern.finditer(text))
    if len(found) != 1:
        raise EditError(f'{name} has {len(found)} lines version = "…"; it needs exactly one.')
    return found[0]


def with_flow_release(flow: str, version: Version) -> str:
    """A flow's text with another `variables.release`; a flow without one stays as it is.

    Raises:
        EditError: the flow reads its release, and the line that says it was not found.
    """
    changed, count = _FLOW_RELEASE.subn(lambda found: f"{found[1]}{version}", flow, count=1)
    if not count and "vars.release" in flow:
        raise EditError("it reads vars.release; write `variables:` with a line `  release: x.y.z` at its top level.")
    return changed


def with_release_section(changelog: str, version: Version, today: date) -> str:
    """The changelog's text with what was unreleased under the version's own heading.

    Raises:
        EditError: nothing is listed as unreleased, or the version has a section already.
    """
    if f"## [{version}]" in changelog:
        raise EditError(f"CHANGELOG.md has a section {version} already.")
    found = _SECTION.search(changelog)
    if not found or not re.search(r"^- ", found[1], re.MULTILINE):
        raise EditError(f'CHANGELOG.md lists nothing under "{UNRELEASED}"; say there what this version changes.')
    heading = f"{UNRELEASED}\n\n## [{version}] - {today.isoformat()}\n"
    return changelog[: found.start()] + heading + changelog[found.start(1) :]
