"""Pieces of a picture: the right place, upright, small; nothing outside of the picture."""

import io

import pytest
from PIL import Image

from kit.errors import RefusedInputError
from tickets import crops

RED = (220, 20, 20)


def jpeg(size=(400, 300), box=(100, 80, 180, 110), colour=RED):
    """A white picture with one coloured place."""
    image = Image.new("RGB", size, "white")
    image.paste(colour, box)
    return saved(image)


def saved(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


def is_red(pixel):
    return pixel[0] > 150 and pixel[1] < 90


def test_it_is_the_place_and_nothing_else():
    cut = opened(crops.crop(jpeg(), [100, 80, 180, 110], margin=0))
    assert cut.size == (80, 30)
    assert all(is_red(cut.getpixel(at)) for at in ((2, 2), (77, 2), (2, 27), (77, 27)))


def test_the_margin_is_a_share_of_the_shorter_side_and_ends_at_the_edge():
    cut = opened(crops.crop(jpeg(), [100, 80, 180, 110], margin=0.5))
    assert cut.size == (110, 60)
    assert not is_red(cut.getpixel((5, 5)))
    assert is_red(cut.getpixel((55, 30)))
    assert opened(crops.crop(jpeg(), [0, 0, 40, 20], margin=1)).size == (60, 40)


@pytest.mark.parametrize(("rotation", "corner"), [(0, (2, 2)), (90, (2, 77)), (180, (77, 27)), (270, (27, 2))])
def test_it_stands_upright(rotation, corner):
    """The upper left corner of the stored place is marked; turning counter-clockwise moves it."""
    image = opened(jpeg())
    image.paste((20, 20, 220), (100, 80, 110, 90))
    cut = opened(crops.crop(saved(image), [100, 80, 180, 110], margin=0, rotation=rotation))
    assert cut.size == ((80, 30) if rotation in (0, 180) else (30, 80))
    assert cut.getpixel(corner)[2] > 150


def test_a_wide_place_is_made_smaller():
    cut = crops.crop(jpeg((2000, 400), (0, 0, 2000, 400)), [0, 0, 2000, 400], margin=0)
    assert opened(cut).size == (640, 128)


def test_only_fields_with_a_place_have_a_piece():
    evidence = {
        "total": {"text": "12,10", "box": [100, 80, 180, 110]},
        "merchant": {"text": "Bar", "box": None},
        "date": None,
        "tax_id": {"box": [900, 900, 950, 950]},
        "currency": {"box": [1, 2, 3]},
    }
    assert list(crops.pieces(jpeg(), evidence)) == ["total"]


@pytest.mark.parametrize("box", [[500, 500, 600, 600], [10, 10, 10, 10], [50, 50, 20, 20]])
def test_a_place_outside_of_the_picture_is_refused(box):
    with pytest.raises(RefusedInputError) as raised:
        crops.crop(jpeg(), box, margin=0)
    assert raised.value.code == "crop_outside"


@pytest.mark.parametrize("data", [b"", b"GIF89a", jpeg()[:300]])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(RefusedInputError) as raised:
        crops.crop(data, [0, 0, 10, 10])
    assert raised.value.code == "image_unreadable"


def test_the_whole_picture_upright():
    stored = jpeg()
    assert crops.upright(stored, 0) is stored
    assert opened(crops.upright(stored, 90)).size == (300, 400)
