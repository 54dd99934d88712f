"""What people read comes from one catalogue: complete in each language, and every reason has its sentence."""

import json
import re
import string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MESSAGES = ROOT / "namespace_files/messages"


def catalogue(language: str) -> dict[str, str]:
    return json.loads((MESSAGES / f"{language}.json").read_text())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


LANGUAGES = sorted(path.stem for path in MESSAGES.glob("*.json") if path.stem != "es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_keys_and_placeholders(language: str):
    spanish, other = catalogue("es"), catalogue(language)
    assert set(other) == set(spanish)
    assert {key for key in spanish if placeholders(spanish[key]) != placeholders(other[key])} == set()


def test_every_key_in_the_code_exists():
    known = catalogue("es")
    sources = [path.read_text() for name in ("tickets", "leads") for path in (ROOT / "scripts" / name).rglob("*.py")]
    used = {key for source in sources for key in re.findall(r'i18n\.t\(\s*"([a-z_.]+)"', source)}
    assert used
    assert used <= set(known)


def test_every_reason_that_people_see_has_a_sentence():
    """Codes of severity review and reject, as docs/extraction.md lists them."""
    known = catalogue("es")
    rows = re.findall(r"^\| `([a-z_]+)` \|.*?(review|reject)", (ROOT / "docs/extraction.md").read_text(), re.MULTILINE)
    assert rows
    assert [code for code, _ in rows if f"reason.{code}" not in known] == []
