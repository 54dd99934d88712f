"""`python -m tools.sbom [--output FILE]`: write the bill of materials of requirements-image.lock, and check it."""

import argparse
import sys
from pathlib import Path

from tools.sbom import bill, licences

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Write it; exit code 0, or 1 when it could not be made or a licence is not one that we have looked at."""
    version = bill.project_version(ROOT)
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description="Bill of materials in CycloneDX.")
    parser.add_argument("--output", type=Path, default=ROOT / f".cache/sbom/opsflows-{version}.cdx.json")
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements-image.lock")
    chosen = parser.parse_args(arguments)
    try:
        text = bill.make(ROOT, chosen.lock)
        licences.refuse_unknown(text)
    except (bill.BillError, licences.LicenceError) as error:
        print(error, file=sys.stderr)
        return 1
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(text, encoding="utf-8")
    print(f"{chosen.output}: {len(bill.components(text))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
