"""Reading the files of the production images, and running what a build would run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / ".venv/bin"
COMPOSE = ROOT / "docker-compose.yml"


class Step(NamedTuple):
    """One instruction of the Dockerfile: `RUN`, `COPY`, …, what follows it, and its stage."""

    word: str
    rest: str
    stage: str


def steps() -> list[Step]:
    """The Dockerfile's instructions, with continued lines joined and comments gone."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text())
    found: list[Step] = []
    stage = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stage = rest.split(" AS ")[1]
        if word:
            found.append(Step(word, rest, stage))
    return found


def copied(stage: str) -> list[str]:
    """What a stage copies from the build context."""
    sources = []
    for step in steps():
        words = [word for word in step.rest.split() if not word.startswith("--chmod")]
        if step.word == "COPY" and step.stage == stage and not words[0].startswith("--from"):
            sources += words[:-1]
    return sources


def build_venv(folder: Path) -> Path:
    """Run the RUN steps of the stage `venv` in a folder; returns the venv's interpreter."""
    for source in copied("venv"):
        shutil.copy(ROOT / source, folder / Path(source).name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "UV_"))}
    cache = os.environ.get("UV_CACHE_DIR")
    env = kept | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "VENV": str(folder / "venv"),
        **({"UV_CACHE_DIR": cache} if cache else {}),
    }
    for step in steps():
        if (step.word, step.stage) == ("RUN", "venv"):
            # A build has no cache to use; here the one of `make setup` saves the download and the copying.
            command = step.rest.replace(" --no-cache", "").replace(" --link-mode copy", "")
            subprocess.run(["sh", "-c", command], cwd=folder, env=env, check=True)
    return folder / "venv/bin/python"


def compose() -> dict:
    """docker-compose.yml as it stands, with its variables unresolved."""
    return yaml.safe_load(COMPOSE.read_text())


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a file out: the last rule that fits it, or a folder that it lies in, wins."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        rule = line.strip()
        if rule and not rule.startswith("#") and _fits(rule.lstrip("!"), path):
            verdict = not rule.startswith("!")
    return verdict


def _fits(rule: str, path: str) -> bool:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pattern = re.sub(
        r"\*\*/|\*\*|\*|\?|[^*?]+", lambda found: parts.get(found[0]) or re.escape(found[0]), rule.strip("/")
    )
    return bool(re.fullmatch(f"{pattern}(?:/.*)?", path))
