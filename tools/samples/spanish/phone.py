"""What a phone makes of a receipt on a table: faint print, folds, curl, skew, perspective, shadow, blur, noise, JPEG.

Nothing is left perfect: each picture has its own draw of all of them. How strong each is follows what phones give:
most pictures are held nearly straight and a fourth are not, most are sharp enough, print fades now and then.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    import random

    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float32]

WIDTH = 1000  # pixels of the picture
_MARGIN = 24
_TABLES = ((116, 92, 74), (70, 74, 82), (168, 150, 128), (52, 48, 46), (200, 198, 192), (96, 118, 104))
_MAX_SKEW = 15.0


@dataclass(frozen=True)
class Damage:
    """How a picture is spoilt.

    ``skew`` in degrees, ``perspective`` as a share of the width, ``blur`` and ``motion`` in pixels, ``fill`` as
    the share of the picture's width that the receipt takes, ``shadow`` as the
    light that is lost, ``folds`` counted, ``curl`` in pixels, ``ink`` as the grey of the print (0 black), ``dropout``
    as the share of ink that worn dots of the printer's head lose, ``noise`` in grey levels, ``quality`` of the JPEG.
    """

    skew: float
    perspective: float
    blur: float
    motion: float
    fill: float
    shadow: float
    folds: int
    curl: float
    ink: int
    dropout: float
    noise: float
    quality: int

    def label(self) -> dict[str, Any]:
        """What was applied, for the labels."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def draw_damage(chance: random.Random) -> Damage:
    """Draw how a picture is spoilt."""
    careless, faint = chance.random() < 0.25, chance.random() < 0.25  # noqa: PLR2004 shares
    skew = chance.uniform(-_MAX_SKEW, _MAX_SKEW) if careless else chance.gauss(0, 3)
    return Damage(
        skew=max(-_MAX_SKEW, min(_MAX_SKEW, skew)),
        perspective=min(0.09, abs(chance.gauss(0, 0.035))),
        blur=min(2.0, 0.35 + chance.expovariate(1 / 0.38)),
        motion=chance.uniform(2.0, 5.0) if chance.random() < 0.15 else 0.0,  # noqa: PLR2004 share
        fill=chance.uniform(0.7, 1.0),
        shadow=chance.uniform(0.1, 0.65) if chance.random() < 0.7 else 0.0,  # noqa: PLR2004 share
        folds=chance.choice((1, 1, 2, 3)) if chance.random() < 0.4 else 0,  # noqa: PLR2004 share
        curl=chance.uniform(3, 13) if chance.random() < 0.4 else 0.0,  # noqa: PLR2004 share
        ink=chance.randint(130, 190) if faint else chance.randint(20, 90),
        dropout=chance.uniform(0.15, 0.6) if faint else 0.0,
        noise=chance.uniform(2, 10),
        quality=chance.choice((40, 40, 55, 70, 85)),
    )


def photograph(paper: Picture, damage: Damage, chance: random.Random) -> bytes:
    """Photograph a paper (grey, 255 blank); returns a JPEG, ``WIDTH`` pixels wide."""
    grain = np.random.default_rng(chance.randrange(2**32))
    printed = _printed(paper, damage, grain)
    light = np.ones(paper.shape, np.float32)
    printed, light = _bent(printed, light, damage, chance)
    picture = _on_table(printed * light, damage, chance, grain)
    picture = _shaded(picture, damage, chance)
    picture = _blurred(picture, damage, chance)
    picture = picture + grain.normal(0, damage.noise, (*picture.shape[:2], 1)).astype(np.float32)
    done, data = cv2.imencode(
        ".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, damage.quality]
    )
    if not done:
        raise RuntimeError("The picture could not be written as JPEG; look at the version of OpenCV.")
    return bytes(data.tobytes())


def _printed(paper: Picture, damage: Damage, grain: np.random.Generator) -> Floats:
    """Ink of its grey on paper; worn dots leave pale stripes along the paper, and single dots are missing."""
    ink = (255 - paper.astype(np.float32)) / 255
    if damage.dropout:
        height, width = paper.shape
        stripes = cv2.resize(
            grain.random((1, max(width // 40, 2))).astype(np.float32), (width, 1), interpolation=cv2.INTER_CUBIC
        )
        patches = cv2.resize(
            grain.random((max(height // 90, 2), 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        dots = (grain.random((height, width)) > damage.dropout * 0.35).astype(np.float32)
        ink = (
            ink
            * (1 - damage.dropout * np.clip(0.5 * stripes + 0.5 * patches, 0, 1))
            * cv2.GaussianBlur(dots, (0, 0), 0.7)
        )
    return np.asarray(248 - ink * (248 - damage.ink), np.float32)


def _bent(printed: Floats, light: Floats, damage: Damage, chance: random.Random) -> tuple[Floats, Floats]:
    """Folds across the paper (a crease, and another light beyond it) and a curl that bends the rows."""
    height, width = printed.shape
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    shift = np.zeros_like(ys)
    if damage.curl:
        shift += damage.curl * np.sin(xs / width * math.pi * chance.uniform(0.7, 1.6) + chance.uniform(0, 6.28))
    for _ in range(damage.folds):
        slope = chance.uniform(-0.06, 0.06)
        distance = ys - (chance.uniform(0.1, 0.9) * height + slope * (xs - width / 2))
        light = light * (1 - chance.uniform(0.12, 0.4) * np.exp(-((distance / chance.uniform(2, 5)) ** 2)))
        light = light * (1 - chance.uniform(0.0, 0.14) * (distance > 0))
        shift += chance.uniform(-6, 6) * np.exp(-np.abs(distance) / 60)
    bent = cv2.remap(printed, xs, ys + shift.astype(np.float32), cv2.INTER_LINEAR, borderValue=248.0)
    return np.asarray(bent, np.float32), np.asarray(light, np.float32)


def _on_table(paper: Floats, damage: Damage, chance: random.Random, grain: np.random.Generator) -> Floats:
    """The paper on a table, turned and seen at an angle."""
    height, width = paper.shape
    turn = math.radians(damage.skew)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    centred = corners - np.array((width / 2, height / 2), np.float32)
    turned = centred @ np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))], np.float32)
    jitter = np.array([(chance.uniform(-1, 1), chance.uniform(-1, 1)) for _ in range(4)], np.float32)
    turned = turned + jitter * damage.perspective * width
    scale = damage.fill * (WIDTH - 2 * _MARGIN) / float(np.ptp(turned[:, 0]))
    edge = np.array(((1 - damage.fill) * (WIDTH - 2 * _MARGIN) * chance.random() + _MARGIN, _MARGIN), np.float32)
    placed = (turned - turned.min(axis=0)) * scale + edge
    wide, high = WIDTH, int(placed[:, 1].max()) + _MARGIN
    matrix = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    colour = np.array(chance.choice(_TABLES), np.float32)[::-1]
    rough = cv2.resize(
        grain.random((high // 24 + 2, wide // 90 + 2)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
    )
    table = colour * (0.85 + 0.3 * rough[:, :, None])
    tint = np.array((chance.uniform(0.90, 1.0), chance.uniform(0.96, 1.0), 1.0), np.float32)
    sheet = cv2.warpPerspective(paper, matrix, (wide, high), flags=cv2.INTER_LINEAR)[:, :, None] * tint
    mask = cv2.warpPerspective(np.ones_like(paper), matrix, (wide, high), flags=cv2.INTER_LINEAR)[:, :, None]
    return np.asarray(table * (1 - mask) + sheet * mask, np.float32)


def _shaded(picture: Floats, damage: Damage, chance: random.Random) -> Floats:
    """Uneven light: it falls off to a side, and the phone's own shadow has a soft edge."""
    height, width = picture.shape[:2]
    xs, ys = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    angle = chance.uniform(0, 2 * math.pi)
    along = xs * math.cos(angle) + ys * math.sin(angle)
    light = chance.uniform(0.82, 1.02) * (1 - 0.06 * (along + 1))
    if damage.shadow:
        edge = (along - chance.uniform(-0.5, 0.5)) / chance.uniform(0.04, 0.5)
        light = light * (1 - damage.shadow / (1 + np.exp(-np.clip(edge, -30, 30))))
    return np.asarray(picture * light[:, :, None], np.float32)


def _blurred(picture: Floats, damage: Damage, chance: random.Random) -> Floats:
    """Out of focus, and moved while the shutter was open."""
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), damage.blur), np.float32)
    if not damage.motion:
        return picture
    angle = chance.uniform(0, math.pi)
    kernel = np.zeros((9, 9), np.float32)
    reach = np.array((math.cos(angle), math.sin(angle))) * damage.motion / 2
    start, end = ((4 + sign * reach) * 16 for sign in (-1, 1))
    cv2.line(kernel, tuple(map(round, start)), tuple(map(round, end)), 1.0, 1, cv2.LINE_AA, 4)
    if kernel.sum() <= 0:
        return picture
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
