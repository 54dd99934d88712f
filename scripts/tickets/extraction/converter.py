"""The process that ``isolated.convert`` starts: limits itself, reads a file from its input, writes a JPEG."""

from __future__ import annotations

import importlib
import json
import resource
import sys

from kit.errors import RefusedInputError
from tickets.extraction.containers import BrokenFileError
from tickets.extraction.isolated import CPU_S, MEMORY, REFUSED

_KINDS = {"pdf": "tickets.extraction.pdf", "heic": "tickets.extraction.heic"}


def main(kind: str, options: str) -> int:
    """Convert what stands on the standard input; the answer is a line of JSON, then the picture."""
    _limit()
    convert = importlib.import_module(_KINDS[kind]).convert
    try:
        about, jpeg = convert(sys.stdin.buffer.read(), json.loads(options))
    except RefusedInputError as refused:
        _answer({"code": refused.code, "message": refused.message})
        return REFUSED
    except BrokenFileError as broken:
        _answer({"code": "image_unreadable", "message": f"The file is damaged: {broken}."})
        return REFUSED
    except MemoryError:
        _answer({"code": "image_too_heavy", "message": "The file cannot be opened with little memory."})
        return REFUSED
    _answer(about)
    sys.stdout.buffer.write(jpeg)
    return 0


def _answer(about: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n")


def _limit() -> None:
    """No more than these, whatever the file says; nothing is written to disk, not even a core."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
