"""From printed rows to a picture, and what a phone makes of it: skew, perspective, shadow, blur, faint print, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tools.samples.layout import WIDTH

if TYPE_CHECKING:
    import random

    from tools.samples.layout import Print

_FONTS = Path(__file__).parent / "fonts"
_SIZE = 24
_LEADING = 1.35
_MARGIN = 36


@dataclass(frozen=True)
class Look:
    """How a picture is taken. ``ink`` is the grey of the print (0 black), ``skew`` in degrees, ``blur`` in pixels."""

    ink: int = 30
    skew: float = 0.0
    perspective: float = 0.0
    shadow: float = 0.0
    blur: float = 0.0
    noise: int = 0
    quality: int = 88


CLEAR = Look()
SKEWED = Look(ink=45, skew=7.0, perspective=0.03, shadow=0.35, blur=0.5, noise=8, quality=70)
FAINT = Look(ink=172, skew=-1.5, shadow=0.15, blur=0.6, noise=6, quality=75)


def take(rows: list[Print], look: Look, random: random.Random) -> bytes:
    """Print rows on paper and photograph it; returns a JPEG."""
    picture = _paper(rows, look.ink)
    if look.skew or look.perspective or look.shadow:
        picture = _on_table(picture, look, random)
    if look.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(look.blur))
    if look.noise:
        picture = _noisy(picture, look.noise, random)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=look.quality)
    return buffer.getvalue()


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The font of the till."""
    return ImageFont.truetype(_FONTS / f"DejaVuSansMono{'-Bold' if bold else ''}.ttf", size)


def _paper(rows: list[Print], ink: int) -> Image.Image:
    """The paper as it comes out of the printer."""
    width = int(_font(_SIZE, bold=False).getlength("0" * WIDTH)) + 2 * _MARGIN
    height = int(sum(_SIZE * row.scale * _LEADING for row in rows)) + 2 * _MARGIN
    paper = Image.new("RGB", (width, height), (250, 249, 245))
    draw = ImageDraw.Draw(paper)
    top = float(_MARGIN)
    for row in rows:
        font = _font(int(_SIZE * row.scale), bold=row.bold)
        left = (width - font.getlength(row.text)) / 2 if row.centred else _MARGIN
        draw.text((max(left, 8), top), row.text, font=font, fill=(ink, ink, ink + 3))
        top += _SIZE * row.scale * _LEADING
    return paper


def _on_table(paper: Image.Image, look: Look, random: random.Random) -> Image.Image:
    """Paper lying on a table: turned, seen at an angle, with a shadow across it."""
    margin = paper.width // 8
    table = Image.new("RGB", (paper.width + 2 * margin, paper.height + 2 * margin), (116, 92, 74))
    table.paste(paper, (margin, margin))
    table = table.rotate(look.skew, Image.Resampling.BICUBIC, expand=True, fillcolor=(116, 92, 74))
    if look.perspective:
        table = _tilted(table, look.perspective)
    if look.shadow:
        shade = Image.linear_gradient("L").rotate(random.choice((0, 90, 180, 270))).resize(table.size)
        dark = table.point(lambda value: int(value * (1 - look.shadow)))
        table = Image.composite(dark, table, shade)
    return table


def _tilted(picture: Image.Image, share: float) -> Image.Image:
    """Seen from below: the upper edge looks shorter by twice the share of the width."""
    width, height = picture.size
    inset = share * width
    corners = ((inset, 0.0), (width - inset, 0.0), (float(width), float(height)), (0.0, float(height)))
    source = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        _coefficients(corners, source),
        Image.Resampling.BICUBIC,
        fillcolor=(116, 92, 74),
    )


def _coefficients(
    target: tuple[tuple[float, float], ...], source: tuple[tuple[float, float], ...]
) -> tuple[float, ...]:
    """The eight coefficients that Pillow's perspective transform wants, from four pairs of corners."""
    import numpy as np

    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    values = np.array([value for corner in source for value in corner])
    return tuple(float(value) for value in np.linalg.solve(np.array(rows), values))


def _noisy(picture: Image.Image, strength: int, random: random.Random) -> Image.Image:
    """Grain of a small sensor."""
    import numpy as np

    grain = np.random.default_rng(random.randrange(2**32)).normal(0, strength, (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype("uint8"))


def landscape(random: random.Random) -> bytes:
    """A holiday picture: sky, sun, hills, and not a letter."""
    picture = Image.new("RGB", (900, 675))
    sky = Image.linear_gradient("L").resize(picture.size)
    picture = Image.composite(Image.new("RGB", picture.size, "#f3c98b"), Image.new("RGB", picture.size, "#4d86c4"), sky)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((640, 90, 760, 210), fill="#fff1c4")
    for number, colour in enumerate(("#7d9a6d", "#5b7d52", "#3d5f3c")):
        base = 420 + 80 * number
        points = [(x, base + random.randint(-40, 40)) for x in range(-100, 1100, 120)]
        draw.polygon([*points, (1000, 675), (-100, 675)], fill=colour)
    buffer = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
