"""HEIC pictures: what phones write is read, upright, and becomes the same plain JPEG."""

import hashlib
import io
from datetime import date
from decimal import Decimal

import heics_made as made
import pytest
from PIL import Image, ImageChops, ImageStat

from tickets.extraction import heif, hevc, image, offline


def opened(checked):
    return Image.open(io.BytesIO(checked.jpeg))


def difference(one, other):
    """Mean difference of two pictures of one size, of 255."""
    return ImageStat.Stat(ImageChops.difference(one.convert("L"), other.convert("L"))).mean[0]


@pytest.mark.parametrize("mime", ["image/heic", "image/heif", "application/octet-stream", None])
def test_a_heic_picture_becomes_a_plain_jpeg(mime):
    checked = image.check(made.receipt(), declared_mime=mime)
    assert checked.jpeg.startswith(b"\xff\xd8\xff")
    assert (checked.width, checked.height) == made.SIZE
    assert checked.sha256 == hashlib.sha256(made.receipt()).hexdigest()
    assert "exif" not in opened(checked).info


def test_its_receipt_is_read():
    checked = image.check(made.receipt())
    found = offline.extract(checked.jpeg, country="ES", today=date(2026, 6, 10)).receipt
    assert (found.total, found.issued_on, found.tax_id) == (Decimal("21.75"), date(2026, 6, 4), "B38757910")


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_phone_picture_is_set_upright(turns):
    checked = image.check(made.built(turns=turns))
    upright = opened(image.check(made.built()))
    assert opened(checked).size == (upright.size if turns % 2 == 0 else upright.size[::-1])
    assert difference(opened(checked), upright.rotate(90 * turns, expand=True)) < 4


def test_a_picture_in_tiles_is_put_together():
    whole = opened(image.check(made.grid()))
    width, height = made.SIZE
    assert whole.size == (2 * width, height)
    halves = [whole.crop((left, 0, left + width, height)) for left in (0, width)]
    assert difference(*halves) < 4


def test_the_header_tells_what_will_be_decoded():
    header = heif.read(made.built(claimed=(100, 100), coded=(6000, 6000)))
    assert 35_900_000 < header.width * header.height <= 36_000_000
    setup = made.with_size(made._code()[0], 4032, 3024)
    assert hevc.coded_size(setup) == 4032 * 3024


def test_a_tile_is_no_picture_of_its_own():
    assert not heif.read(made.grid()).animated
    assert heif.read(made.built(pictures=2)).animated
