"""Makes every secret that this process can see known to `kit.redaction`, so that no output of a deploy shows one."""

import base64
import binascii
import os
import re
from collections.abc import Iterator, Mapping

from kit import redaction
from tools.secrets import files
from tools.secrets.catalogue import CATALOGUE

_SECRETIVE = re.compile(r"(?i)secret|token|password|passwd|api_?key|private|credential|_key$|service_account")
_NAMES = {secret.name for secret in CATALOGUE}


def register(environ: Mapping[str, str] = os.environ) -> None:
    """Register the secrets of the environment and of the folder `secrets/`."""
    for value in _values(environ):
        redaction.register(value)
        # A text on several lines may stand in a flow with each of them indented.
        for line in value.splitlines():
            if "-----" not in line:
                redaction.register(line)


def _values(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if name in _NAMES or _SECRETIVE.search(name):
            yield value
        if name.startswith("SECRET_"):
            yield from _decoded(value)
    try:
        yield from files.load().values()
    except files.FolderError:
        return  # a folder that this user may not read holds nothing that this user could show


def _decoded(value: str) -> Iterator[str]:
    try:
        yield base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
