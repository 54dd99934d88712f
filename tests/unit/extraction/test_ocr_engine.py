"""The real engine on real pictures."""

import io
import json
import socket
import subprocess
import sys
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from PIL import Image

from tickets.extraction import image, ocr, offline, validate

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
ENTRIES = {entry["file"]: entry for entry in json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the OCR opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def picture(name, turn=0):
    jpeg = image.check((SAMPLES / name).read_bytes(), declared_mime="image/jpeg").jpeg
    if not turn:
        return jpeg
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).rotate(turn, expand=True).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["ticket_restaurante_torcido.jpg", "ticket_ferreteria_tenue.jpg", "sroie_064.jpg"])
def test_from_the_file_to_the_verdict(name, today):
    extraction = offline.extract(picture(name), country="ES", today=today)
    assessment = validate.assess(extraction, today=today)
    expected = ENTRIES[name]["expected"]
    assert assessment.receipt.total == Decimal(expected["total"])
    assert assessment.receipt.issued_on.isoformat() == expected["date"]
    assert assessment.verdict == ENTRIES[name]["verdict"]
    (attempt,) = extraction.attempts
    assert (attempt.provider, attempt.outcome, attempt.model) == ("ocr", "ok", ocr.MODEL)
    assert attempt.raw["boxes"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_that_lies_on_its_side_or_head_is_read(turn, today):
    extraction = offline.extract(picture("ticket_supermercado.jpg", turn), country="ES", today=today)
    assert extraction.receipt.total == Decimal("21.75")
    assert extraction.receipt.tax_id == "B38757910"
    assert extraction.attempts[0].raw["rotation"] == (360 - turn) % 360


def test_a_picture_without_text_is_rejected(today):
    extraction = offline.extract(picture("paisaje.jpg"), country="ES", today=today)
    assessment = validate.assess(extraction, today=today)
    assert [reason.code for reason in assessment.reasons] == ["nothing_read"]
    assert assessment.verdict == "reject"


def test_the_engine_is_built_once():
    assert ocr.engine() is ocr.engine()


def test_the_library_is_left_as_it_was():
    """Its table of models is spared while it is imported, and there again for whoever asks afterwards."""
    ocr.engine()
    table = Path(str(files("rapidocr"))) / "default_models.yaml"
    assert OmegaConf.load(table).lang_mapping


def test_a_reading_imports_no_grammar():
    """A package that other tools bring along would cost each reading a second."""
    code = "import sys; from tickets.extraction import validate; validate._validator(); print('lark' in sys.modules)"
    scripts = SAMPLES.parent / "scripts"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=SAMPLES.parent,
        env={"PYTHONPATH": str(scripts)},
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == b"False"
