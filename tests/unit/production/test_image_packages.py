"""The venv of the image, made by the build's own steps: it serves every script, and works without a network."""

import ast
import json
import subprocess
import sys

import imagekit
import pytest

SCRIPTS = imagekit.ROOT / "scripts"
# Any connection ends the process with its address: neither a model nor a font may be fetched.
NO_NETWORK = """
import socket, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit(f"A connection was tried: {arguments[1:]}")
sys.addaudithook(refuse)
"""
OCR_AND_PDF = (
    NO_NETWORK
    + """
from datetime import date
from pathlib import Path
import typst
from tickets.extraction import image, offline
photo = Path(sys.argv[1], "samples/ticket_supermercado.jpg").read_bytes()
found = offline.extract(image.check(photo).jpeg, country="ES", today=date(2026, 6, 5))
fonts = typst.Fonts(include_system_fonts=False)
page = typst.compile(b'#set text(font: "Libertinus Serif")\\nTotal', font_paths=fonts)
print(found.receipt.total, page[:5].decode())
"""
)


def run(python, *arguments: str, **kwargs) -> subprocess.CompletedProcess:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    return subprocess.run(
        [python, *arguments], env=env, cwd=SCRIPTS, capture_output=True, text=True, check=False, **kwargs
    )


def modules() -> list[str]:
    paths = sorted(path.relative_to(SCRIPTS).with_suffix("") for path in SCRIPTS.rglob("*.py"))
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def imported() -> set[str]:
    """Every module that the scripts import, at the top or within a function, but not their own."""
    own = {path.name for path in SCRIPTS.iterdir()}
    found = set()
    for path in SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return {name for name in found if name.split(".")[0] not in own | sys.stdlib_module_names}


def test_every_module_of_the_scripts_can_be_imported(image_python):
    names = [*modules(), *sorted(imported())]
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    ran = run(image_python, "-c", program, *names)
    assert ran.returncode == 0, ran.stderr[-2000:]


def test_the_build_checks_what_the_scripts_import():
    listed = ast.parse((imagekit.ROOT / "deploy/docker/check_packages.py").read_text())
    checked = next(
        ast.literal_eval(node.value)
        for node in listed.body
        if isinstance(node, ast.AnnAssign) and node.target.id == "MODULES"
    )
    assert {name.split(".")[0] for name in imported()} <= {name.split(".")[0] for name in checked}


def test_a_receipt_is_read_and_a_page_set_without_network(image_python):
    ran = run(image_python, "-c", OCR_AND_PDF, str(imagekit.ROOT))
    assert (ran.returncode, ran.stdout.split()) == (0, ["21.75", "%PDF-"]), ran.stderr[-2000:]


def test_it_would_notice_a_connection(image_python):
    ran = run(image_python, "-c", NO_NETWORK + "import requests; requests.get('http://127.0.0.1:9')")
    assert ran.returncode == 1
    assert "A connection was tried" in ran.stderr


def test_nothing_that_installs_or_compiles_is_left(image_python):
    commands = {path.name for path in image_python.parent.iterdir()}
    assert not {name for name in commands if name.startswith(("pip", "gcc", "cc", "easy_install"))}
    assert not commands & {"uv", "uvx"}
    ran = run(image_python, "-c", "import pip")
    assert "No module named 'pip'" in ran.stderr


def test_modules_are_compiled_because_the_tasks_user_may_not_write_there(image_python):
    packages = next((image_python.parents[1] / "lib").glob("python3.*/site-packages"))
    assert list((packages / "pydantic/__pycache__").glob("main.*.pyc"))


@pytest.mark.parametrize("missing", ["hvac", "onnxruntime"])
def test_the_builds_check_ends_with_what_is_missing(image_python, missing):
    blocked = f"import sys; sys.modules[{missing!r}] = None; sys.path.insert(0, {json.dumps(str(imagekit.ROOT))})\n"
    program = blocked + "import runpy; runpy.run_path('deploy/docker/check_packages.py', run_name='__main__')"
    ran = run(image_python, "-c", f"import os; os.chdir({str(imagekit.ROOT)!r})\n{program}")
    assert ran.returncode == 1
    assert missing in ran.stderr.splitlines()[-1]
