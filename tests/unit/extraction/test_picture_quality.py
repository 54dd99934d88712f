"""What is wrong with a picture is said in one reason, and never to one that reads well."""

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from kit import i18n
from tickets.extraction import image, offline, quality, validate
from tickets.extraction.model import Assessment, Extraction, Reason, Receipt

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TODAY = date(2026, 6, 10)
RECEIPTS = sorted(path.name for path in SAMPLES.glob("ticket_*.jpg"))


def receipt():
    return Image.open(SAMPLES / "ticket_supermercado.jpg").convert("RGB")


def encoded(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def explained(picture):
    """The verdict on a picture, and its reasons."""
    checked = image.check(encoded(picture) if isinstance(picture, Image.Image) else picture)
    extraction = offline.extract(checked.jpeg, country="ES", today=TODAY)
    assessment = validate.assess(extraction, today=TODAY)
    result = quality.explain(checked.jpeg, extraction, assessment)
    assert result.verdict == assessment.verdict
    assert result.reasons[len(result.reasons) - len(assessment.reasons) :] == assessment.reasons
    return result


def above_the_total(picture):
    return picture.crop((0, 0, picture.width, round(picture.height * 0.52)))


SPOILT = {
    "image_blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(5)),
    "image_dark": lambda picture: picture.point(lambda value: round(6 * value / 255)),
    "image_bright": lambda picture: picture.point(lambda value: 247 + round(7 * value / 255)),
    "image_small_print": lambda picture: picture.resize((110, 144)),
    "image_cut": above_the_total,
}


@pytest.mark.parametrize("code", SPOILT)
def test_a_spoilt_picture_is_told_what_is_wrong(code):
    result = explained(SPOILT[code](receipt()))
    assert result.verdict in {"review", "reject"}
    first = result.reasons[0]
    assert (first.code, first.field, first.severity) == (code, "image", result.verdict)
    assert first.evidence


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_picture_that_reads_well_is_told_nothing(name):
    result = explained((SAMPLES / name).read_bytes())
    assert [reason.code for reason in result.reasons if reason.field == "image"] == []


def test_no_receipt_is_not_called_a_bad_picture():
    result = explained((SAMPLES / "paisaje.jpg").read_bytes())
    assert result.verdict == "reject"
    assert {reason.code for reason in result.reasons} <= {"nothing_read", "not_a_receipt"}


def test_an_old_date_is_no_matter_of_the_picture():
    """Blurred, but read: what hinders it is something else."""
    old = Assessment(
        verdict="review", receipt=Receipt(), reasons=[Reason(code="date_old", field="issued_on", severity="review")]
    )
    jpeg = encoded(receipt().filter(ImageFilter.GaussianBlur(5)))
    assert quality.explain(jpeg, Extraction(receipt=Receipt(), provider="ocr"), old) == old


def test_a_vision_reading_has_no_boxes_and_is_explained_by_the_pixels():
    missing = Assessment(
        verdict="review", receipt=Receipt(), reasons=[Reason(code="total_missing", field="total", severity="review")]
    )
    jpeg = encoded(receipt().filter(ImageFilter.GaussianBlur(5)))
    result = quality.explain(jpeg, Extraction(receipt=Receipt(), provider="vision"), missing)
    assert [reason.code for reason in result.reasons] == ["image_blurred", "total_missing"]


@pytest.mark.parametrize("radius", [0, 0.6, 1])
@pytest.mark.parametrize("name", RECEIPTS)
def test_sharp_prints_are_sharp_whatever_their_contrast(name, radius):
    picture = Image.open(SAMPLES / name).convert("RGB").filter(ImageFilter.GaussianBlur(radius))
    for contrast in (1.0, 0.5):
        looks = quality.look(encoded(ImageEnhance.Contrast(picture).enhance(contrast)))
        assert looks.sharpness > quality._SHARP


@pytest.mark.parametrize("name", RECEIPTS)
def test_blurred_prints_are_blurred(name):
    picture = Image.open(SAMPLES / name).convert("RGB")
    found = [quality.look(encoded(picture.filter(ImageFilter.GaussianBlur(r)))).sharpness for r in (0, 1, 2, 3, 5)]
    assert found == sorted(found, reverse=True)
    assert found[3] < quality._SHARP_WITHOUT_TEXT


@pytest.mark.parametrize("size", [(48, 48), (31, 900), (2400, 60)])
def test_any_size_can_be_measured(size):
    assert quality.look(encoded(Image.new("RGB", size, "grey"))).sharpness == 1.0


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_reason_says_what_to_do(language, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_LOCALE", language)
    for code in quality._MEASURES:
        assert i18n.has(f"reason.{code}")
