"""`python -m tools.certificate REFERENCE [--json]`: where a ticket, a sheet row or a document comes from."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from kit import db
from kit.errors import OpsflowsError
from tickets import certificate, certificate_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Print the certificate; 1 when nothing has this reference, or Postgres cannot be asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.certificate", description="Where a ticket comes from.")
    parser.add_argument("reference", help="T-7QK2M4X9AB, a row of the sheet (Tickets!A12), or a document's address")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args(arguments)
    try:
        with db.connect() as conn:
            found = certificate.build(conn, certificate.find(conn, given.reference))
    except OpsflowsError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False, indent=2) if given.json else "\n".join(certificate_text.lines(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
