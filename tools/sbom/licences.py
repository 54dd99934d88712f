"""Licences of the packages: what they say, what we looked up ourselves, and which of them ask for something.

docs/licences.md has the result for people; a test keeps the two equal.
"""

import json
import re
from typing import Any

# Where the metadata say nothing or are vague: read in the licence file that the wheel brings.
LOOKED_UP = {
    "amazon-ion": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "cronsim": "BSD-3-Clause",
    "flatbuffers": "Apache-2.0",
    "google-auth": "Apache-2.0",
    "google-auth-oauthlib": "Apache-2.0",
    "httpx2-jsfetch": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "jsonconversion": "BSD-2-Clause",
    "kestra": "Apache-2.0",
    "omegaconf": "BSD-3-Clause",
    "opencv-python-headless": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-or-later",
    "psycopg2-binary": "LGPL-3.0-or-later",
    "pyasn1-modules": "BSD-2-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "python-dateutil": "BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "s3transfer": "Apache-2.0",
}
# They ask for their notice to be kept, and no more.
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
# They ask for their own source to be offered, and for the right to replace them; they ask nothing of what uses them.
WEAK_COPYLEFT = {"LGPL-2.1-or-later", "LGPL-3.0-or-later", "MPL-2.0"}


class LicenceError(Exception):
    """A package's licence is not one that was looked at; the message says what to do."""


def stated(name: str, licences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A component's `licenses`: one SPDX expression where there is one, or what was looked up."""
    ids = [entry["license"]["id"] for entry in licences if "id" in entry.get("license", {})]
    expressions = [entry["expression"] for entry in licences if "expression" in entry]
    found = LOOKED_UP.get(name) or next(iter(expressions), None) or " AND ".join(dict.fromkeys(ids))
    return [{"expression": found}] if found else []


def expressions(text: str) -> dict[str, str]:
    """Package to SPDX expression; blank where nothing is known."""
    return {
        component["name"].lower(): next((entry["expression"] for entry in component.get("licenses", [])), "")
        for component in json.loads(text)["components"]
    }


def parts(expression: str) -> set[str]:
    """The licences that an expression names."""
    return set(re.findall(r"[A-Za-z0-9][A-Za-z0-9.-]*", expression)) - {"AND", "OR", "WITH"}


def copyleft(text: str) -> dict[str, str]:
    """The packages of a bill that ask for more than a notice."""
    return {name: found for name, found in expressions(text).items() if parts(found) & WEAK_COPYLEFT}


def refuse_unknown(text: str) -> None:
    """Refuse a bill with a licence that nobody looked at.

    Raises:
        LicenceError: names each.
    """
    known = PERMISSIVE | WEAK_COPYLEFT
    bad = {name: found for name, found in expressions(text).items() if not found or parts(found) - known}
    if bad:
        listed = ", ".join(f"{name} ({found or 'none stated'})" for name, found in sorted(bad.items()))
        raise LicenceError(
            f"Licences that nobody has looked at: {listed}. Read them; then enter them in tools/sbom/licences.py and "
            "docs/licences.md, or do without the package."
        )
