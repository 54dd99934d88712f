"""Faint print is strengthened, clear print is left alone."""

import random

import numpy as np
from PIL import Image

from tickets.extraction.faint import strengthened
from tools.samples.spanish.make import LAYOUTS
from tools.samples.spanish.paper import draw


def picture(ink, shadow=0.0):
    """A ticket whose print has a grey, under a shadow that grows from left to right."""
    _, sheet = LAYOUTS["bakery"](random.Random("faint"))
    paper = draw(sheet).astype(float) / 255
    light = np.linspace(1, 1 - shadow, paper.shape[1])
    grey = (ink + (250 - ink) * paper) * light
    return Image.fromarray(grey.astype("uint8")).convert("RGB")


def darkest(image):
    return float(np.percentile(np.asarray(image.convert("L")), 2))


def test_clear_print_is_left_alone_even_under_a_shadow():
    for clear in (picture(30), picture(90), picture(60, shadow=0.5)):
        assert strengthened(clear) is clear


def test_faint_print_becomes_dark_on_white():
    faint = picture(185, shadow=0.3)
    strong = strengthened(faint)
    assert strong.size == faint.size
    assert darkest(faint) > 110
    assert darkest(strong) < 40
    assert float(np.median(np.asarray(strong))) > 240


def test_blank_and_tiny_pictures_stay_as_they_are():
    for size in ((600, 400), (3, 3)):
        blank = Image.new("RGB", size, "white")
        assert strengthened(blank) is blank
