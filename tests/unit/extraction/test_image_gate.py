"""What the gate lets through: plain, upright, without metadata."""

import hashlib
import io

import pytest
from PIL import Image, ImageDraw

from kit.errors import RefusedInputError
from tickets.extraction import image


def encoded(picture, kind="JPEG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn(size=(400, 300)):
    """A picture whose left upper corner is black."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 150, 80), fill="black")
    return picture


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "SECRET PHONE"
    data.get_ifd(0x8825)[2] = (40.0, 25.0, 0.0)
    return data


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_the_three_kinds_become_jpeg(kind, mime):
    checked = image.check(encoded(drawn(), kind), declared_mime=mime)
    assert checked.jpeg.startswith(b"\xff\xd8\xff")
    assert (checked.width, checked.height) == (400, 300)


@pytest.mark.parametrize("mime", [None, "", "image/jpg", "image/jpeg; charset=binary", "application/octet-stream"])
def test_declared_types_that_say_nothing_else_are_accepted(mime):
    assert image.check(encoded(drawn()), declared_mime=mime).width == 400


def test_a_turned_phone_picture_is_set_upright():
    checked = image.check(encoded(drawn(), exif=exif(6)))
    upright = Image.open(io.BytesIO(checked.jpeg))
    assert upright.size == (300, 400)
    assert upright.convert("L").getpixel((290, 10)) < 60


def test_metadata_are_left_behind():
    data = encoded(drawn(), exif=exif(1), comment=b"secret comment", icc_profile=b"x" * 200)
    assert b"SECRET PHONE" in data
    checked = image.check(data)
    kept = Image.open(io.BytesIO(checked.jpeg))
    assert not kept.getexif()
    assert b"SECRET" not in checked.jpeg
    assert b"secret" not in checked.jpeg
    assert "icc_profile" not in kept.info


def test_what_a_phone_appends_to_its_picture_is_cut_off():
    data = encoded(drawn()) + b"\x00\x00\x00\x18ftypmp42" + bytes(5000)
    assert len(image.check(data).jpeg) < len(data)


def test_transparent_parts_become_white():
    picture = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    checked = image.check(encoded(picture, "PNG"))
    assert Image.open(io.BytesIO(checked.jpeg)).getpixel((100, 100)) == (255, 255, 255)


def test_large_pictures_are_scaled_down():
    checked = image.check(encoded(drawn((4000, 3000))))
    assert max(checked.width, checked.height) <= 2400


def test_the_limits_are_those_given():
    data = encoded(drawn())
    with pytest.raises(RefusedInputError) as refused:
        image.check(data, max_bytes=len(data) - 1)
    assert refused.value.code == "image_too_large"
    with pytest.raises(RefusedInputError) as refused:
        image.check(data, max_pixels=400 * 300 - 1)
    assert refused.value.code == "image_bomb"


def test_the_refusal_tells_what_to_do():
    with pytest.raises(RefusedInputError) as refused:
        image.check(b"GIF89a" + bytes(100))
    assert "Ask the sender for a photo" in str(refused.value)


def test_hashes_tell_the_same_file_and_the_same_picture():
    first = encoded(drawn(), quality=95)
    second = encoded(drawn().resize((800, 600)), quality=60)
    other = encoded(drawn().rotate(180))
    assert image.check(first).sha256 == hashlib.sha256(first).hexdigest() != image.check(second).sha256
    distances = [
        (int(image.check(first).perceptual_hash, 16) ^ int(image.check(data).perceptual_hash, 16)).bit_count()
        for data in (second, other)
    ]
    assert distances[0] <= 4 < distances[1]
