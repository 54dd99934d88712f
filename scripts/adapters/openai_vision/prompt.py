"""The versioned prompt: a released text never changes, so that an answer can be traced to the words that caused it."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from kit import files
from kit.errors import ConfigurationError

VERSIONS_FILE = "prompts/versions.json"


class Prompt(NamedTuple):
    """A prompt's text with its name (`receipt@1`) and the SHA-256 of its bytes."""

    name: str
    text: str
    sha256: str


def load(name: str) -> Prompt:
    """Returns a prompt: its current version, or the one that is named as in `receipt@1`.

    Raises:
        ConfigurationError: there is none, or its text is not the one that was recorded.
    """
    name, _, number = name.partition("@")
    try:
        entry = json.loads(files.read_text(VERSIONS_FILE))[name]
        number = number or entry["current"]
        version = entry["versions"][number]
        file, recorded = version["file"], version["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"namespace_files/{VERSIONS_FILE} does not name the prompt {name}.") from error
    data = files.namespace_file(f"prompts/{file}").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != recorded:
        raise ConfigurationError(
            f"The prompt {file} was changed after its hash was recorded.",
            code="prompt_changed",
            next_action=f"Restore it, or add the new text as a further version in {VERSIONS_FILE}.",
        )
    return Prompt(f"{name}@{number}", data.decode(), digest)
