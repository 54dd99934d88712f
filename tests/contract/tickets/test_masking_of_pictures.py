"""Real pictures, real OCR, the sandbox as model service: what arrives there shows all but personal data."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from kit import task
from tickets import reading
from tickets.extraction import ocr

ROOT = Path(__file__).resolve().parents[3]
FONT = next((ROOT / "tools/samples/fonts").glob("*.ttf"))
CTX = task.Context(execution_id="e1")
PERSONAL = ["4548 8120 4940 0004", "ES91 2100 0418 4502 0005 1332", "612 345 678", "ana.lopez@example.com"]
ROWS = [
    "BAR LA ESQUINA, S.L.",
    "NIF: B38757910  Tel. 612 345 678",
    "Cliente ana.lopez@example.com",
    "Fecha 12/10/2026  13:05",
    "Menu del dia            12,50",
    "TOTAL EUR               12,50",
    "VISA 4548 8120 4940 0004",
    "IBAN ES91 2100 0418 4502 0005 1332",
]


def drawn(turn):
    picture = Image.new("RGB", (900, 620), "white")
    draw = ImageDraw.Draw(picture)
    for n, row in enumerate(ROWS):
        draw.text((40, 40 + 68 * n), row, fill="black", font=ImageFont.truetype(str(FONT), 34))
    data = io.BytesIO()
    picture.rotate(turn, expand=True).save(data, "JPEG", quality=92)
    return data.getvalue()


@pytest.mark.parametrize(
    "turn", [0, pytest.param(90, marks=pytest.mark.slow), pytest.param(183, marks=pytest.mark.slow)]
)
def test_the_picture_that_the_model_is_shown_has_no_personal_data(turn, sandbox, monkeypatch):
    jpeg = drawn(turn)
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    sandbox.fault("openai", "chat.completions", "refusal")
    found = reading.read(jpeg, CTX)
    assert _digits(ocr.read(jpeg).text).count(_digits(PERSONAL[0])) == 1
    [shown] = sandbox.pictures()
    text = ocr.read(shown).text
    for secret in PERSONAL:
        assert _digits(secret)[-4:] not in _digits(text), text
    assert "@" not in text
    assert "lopez" not in text.lower()
    for kept in ("B38757910", "12/10/2026", "12,50", "ESQUINA"):
        assert kept.replace(" ", "") in text.replace(" ", ""), text
    assert found.receipt.tax_id == "B38757910"


def test_no_text_of_the_receipt_goes_with_the_picture(sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    sandbox.fault("openai", "chat.completions", "refusal")
    reading.read(drawn(0), CTX)
    [call] = sandbox.calls("openai")
    assert "ESQUINA" not in call["request"]
    assert "Hints: country" in call["request"]


def _digits(text):
    return "".join(char for char in text if char.isalnum()).lower()
