"""The pictures of samples/: complete, small, attributed, and made again by the same seed."""

import json
from pathlib import Path

import pytest
from stdnum.es import nif
from stdnum.mx import rfc

from tools.samples.__main__ import DEMO, draw_demo, draw_many

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
ENTRIES = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
SEED = 2026


def test_every_picture_is_described_and_small():
    pictures = {path.name for path in SAMPLES.glob("*.jpg")}
    assert {entry["file"] for entry in ENTRIES} == pictures
    assert len(pictures) == 10
    assert max(path.stat().st_size for path in SAMPLES.glob("*.jpg")) <= 300_000


def test_real_receipts_are_attributed():
    text = (SAMPLES / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "SROIE 2019" in text
    assert "CC BY 4.0" in text


def test_the_truth_of_the_drawn_tickets_is_what_their_seed_gives(tmp_path):
    truths = draw_demo(tmp_path, SEED)
    described = {entry["file"]: entry["expected"] for entry in ENTRIES if entry["kind"] == "synthetic"}
    assert truths == described
    assert {name for name, _, _ in DEMO} == set(described)


def test_the_same_seed_draws_the_same_pictures(tmp_path):
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        draw_many(tmp_path / folder, 3, SEED)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


@pytest.mark.parametrize("number", range(3))
def test_made_up_tax_numbers_have_their_right_control_character(number, tmp_path):
    draw_many(tmp_path, 6, number)
    for label in json.loads((tmp_path / "labels.json").read_text(encoding="utf-8")):
        check = rfc if label["currency"] == "MXN" else nif
        assert check.is_valid(label["tax_id"])
