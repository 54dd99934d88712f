"""`python -m tools.audit [LOCK …]`: exit 0 only when every locked package was looked up and none is known to be bad.

pip-audit exits 0 for packages that it "could not audit", as behind a mirror that has files and no advisories. Here
that is a failure: 1 vulnerable, 2 could not audit.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)[^\n]*\n((?:    --hash=.*\n)+)", re.MULTILINE)
VULNERABLE, NOT_AUDITED = 1, 2
ADVICE = """\
Could not audit: {reason}
Nothing is known about these packages; this is no clean result. pip-audit needs PyPI's own JSON API (--service pypi) or
api.osv.dev (--service osv); a mirror that only has the files is not enough. Run it where one of them can be reached."""


class AuditError(Exception):
    """pip-audit could not be asked; the message is the last thing it said."""


def main(arguments: list[str]) -> int:
    """Audit and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description="Look the locked packages up.")
    parser.add_argument(
        "locks", nargs="*", type=Path, default=[ROOT / "requirements.lock", ROOT / "requirements-image.lock"]
    )
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi", help="who is asked")
    chosen = parser.parse_args(arguments)
    return max(_audit(lock, chosen.service) for lock in chosen.locks)


def _audit(lock: Path, service: str) -> int:
    try:
        packages = [package for text in rounds(lock.read_text(encoding="utf-8")) for package in _ask(text, service)]
    except (OSError, AuditError) as error:
        print(ADVICE.format(reason=f"{lock.name}: {error}"), file=sys.stderr)
        return NOT_AUDITED
    return verdict(lock.name, packages)


def rounds(lock: str) -> list[str]:
    """The lock without its markers, in parts that name each package once.

    A lock for every platform names some packages twice, of which pip-audit would look up only those of this machine.
    """
    parts: list[dict[str, str]] = []
    for name, version, hashes in _LINE.findall(lock):
        part = next((part for part in parts if name not in part), None)
        if part is None:
            parts.append(part := {})
        part[name] = f"{name}=={version} \\\n{hashes}"
    return ["".join(part.values()) for part in parts]


def _ask(lock: str, service: str) -> list[dict[str, Any]]:
    flags = ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(lock)
        file.flush()
        command = ["-m", "pip_audit", *flags, f"--vulnerability-service={service}", f"--requirement={file.name}"]
        ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    try:
        return list(json.loads(ran.stdout)["dependencies"])
    except (ValueError, KeyError, TypeError):
        raise AuditError((ran.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]) from None


def verdict(lock: str, packages: list[dict[str, Any]]) -> int:
    """Print what was found out about a lock's packages and return the exit code."""
    bad = [(package, found) for package in packages for found in package.get("vulns", ())]
    for package, found in bad:
        fixed = ", ".join(found.get("fix_versions", ())) or "no version yet"
        print(f"{lock}: {package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        reason = f"{lock}: {len(skipped)} of {len(packages)} packages were skipped ({', '.join(skipped[:5])} …)"
        print(ADVICE.format(reason=reason), file=sys.stderr)
        return NOT_AUDITED
    print(f"{lock}: {len(packages)} packages looked up, {len(bad)} advisories")
    return VULNERABLE if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
