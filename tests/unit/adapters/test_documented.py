"""Every code that an adapter's error can carry is in docs/adapters.md, and the other way round."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OWNERS = "whatsapp|openai|model|sheets?|google|media|slack|hubspot|manychat"
CODE = re.compile(rf'(?<!\[)"((?:{OWNERS})_[a-z_]+|recipient|prompt_changed)"')
# Facts in an error's details and names of others, which look like codes.
OTHERS = {
    "manychat_code",
    "whatsapp_code",
    "openai_code",
    "openai_type",
    "google_status",
    "model_not_found",
    "slack_error",
}


def test_codes_and_documentation_are_the_same_set():
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "scripts/adapters").rglob("*.py")))
    raised = set(CODE.findall(source)) - OTHERS
    table = (ROOT / "docs/adapters.md").read_text("utf-8").partition("## Codes")[2]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {code for cell in first_cells for code in re.findall(r"`([a-z_]+)`", cell)}
    assert len(told) > 40
    assert raised == told
