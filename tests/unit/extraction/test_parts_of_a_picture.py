"""Several receipts in one picture are found, and one receipt is never taken for several."""

import json
from datetime import date
from pathlib import Path

import pytest

from tickets.extraction import page, parts

BOXES = Path(__file__).resolve().parent / "boxes"
TODAY = date(2026, 11, 21)
SINGLE = sorted(path.stem for path in BOXES.glob("*.json"))
PAIRS = [
    ("ticket_supermercado", "ticket_ferreteria_tenue"),
    ("sroie_064", "ticket_supermercado"),
    ("ticket_restaurante_torcido", "sroie_144"),
    ("sroie_136", "sroie_225"),
]


def kept(name):
    return json.loads((BOXES / f"{name}.json").read_text())


def side_by_side(*names, axis=0):
    """A page on which others stand next to each other, and where each begins."""
    boxes, starts, at = [], [], [0, 0]
    for name in names:
        one = kept(name)
        starts.append(at[axis])
        boxes += [box | {"polygon": [[x + at[0], y + at[1]] for x, y in box["polygon"]]} for box in one["boxes"]]
        at[axis] += (one["width"], one["height"])[axis]
    others = [kept(name)[("height", "width")[axis]] for name in names]
    size = (at[0], max(others)) if axis == 0 else (max(others), at[1])
    return page.from_data({"width": size[0], "height": size[1], "rotation": 0, "boxes": boxes}), [*starts, at[axis]]


def find(found):
    return parts.find(found, country="ES", today=TODAY)


@pytest.mark.parametrize("name", SINGLE)
def test_one_receipt_is_not_parted(name):
    assert find(page.from_data(kept(name))) is None


@pytest.mark.parametrize("names", PAIRS)
def test_two_receipts_side_by_side_are_told_apart(names):
    whole, starts = side_by_side(*names)
    several = find(whole)
    assert several.clear
    assert len(several.places) == 2
    for place, name, (start, end) in zip(several.places, names, [starts[:2], starts[1:]], strict=True):
        inside = [box for box in whole.boxes if start <= box.bounds[0] and box.bounds[2] <= end]
        assert {box.text for box in inside} == {box["text"] for box in kept(name)["boxes"]}
        for box in whole.boxes:
            left, top, right, bottom = box.bounds
            within = place[0] <= left and right <= place[2] and place[1] <= top and bottom <= place[3]
            assert within == (box in inside), box.text


def test_three_receipts_side_by_side_are_three():
    several = find(side_by_side("sroie_064", "ticket_supermercado", "sroie_144")[0])
    assert several.clear
    assert [place[0] for place in several.places] == sorted(place[0] for place in several.places)
    assert len(several.places) == 3


def test_receipts_under_each_other_are_seen_and_not_told_apart():
    several = find(side_by_side("ticket_supermercado", "sroie_064", axis=1)[0])
    assert not several.clear
    assert len(several.places) == 2


@pytest.mark.parametrize("axis", [0, 1])
def test_a_receipt_and_its_copy_are_one_purchase(axis):
    """So is a card slip under its receipt: it says the same total."""
    assert find(side_by_side("ticket_supermercado", "ticket_supermercado", axis=axis)[0]) is None


def test_a_receipt_beside_something_else_stays_one():
    assert find(side_by_side("ticket_supermercado", "paisaje")[0]) is None


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_places_are_those_on_the_stored_picture(rotation):
    whole, _ = side_by_side("sroie_064", "ticket_supermercado")
    turned = page.page_of(list(whole.boxes), width=whole.width, height=whole.height, rotation=rotation)
    width, height = (whole.width, whole.height) if rotation == 180 else (whole.height, whole.width)
    first, second = find(turned).places
    for left, top, right, bottom in (first, second):
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    assert (first[0] > second[0]) if rotation == 180 else (first[1] != second[1])


def test_an_empty_page_has_no_parts():
    assert find(page.page_of([], width=100, height=100)) is None
