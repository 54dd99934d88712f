"""Promise 22: hostile pictures are refused from their header, in under a second and 250 MB."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import documents_made as made
import heics_made as heics
import pytest
from hostile import HOSTILE, jpeg
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import RefusedInputError
from tickets.extraction import heif, image, isolated
from tickets.extraction.containers import BrokenFileError

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import json, re, resource, sys
sys.path.insert(0, "scripts")
from tickets.extraction import image
from kit.errors import RefusedInputError
data = open(sys.argv[1], "rb").read()
def spent():  # processor time, children included: other work on the machine must not fail a test
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
started = spent()
try:
    image.check(data, declared_mime=sys.argv[2])
    code = "accepted"
except RefusedInputError as error:
    code = error.code
seconds = spent() - started
# getrusage would count what the test's own process had before it started this one
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
peak += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"code": code, "seconds": seconds, "mb": peak}))
"""


def declared(name):
    if (name.startswith("PDF") and "JPEG" not in name) or name.endswith("a document"):
        return "application/pdf"
    if name.startswith("HEIC") and "JPEG" not in name:
        return "image/heic"
    return (
        "image/png" if name.startswith(("flat PNG", "PNG with", "PNG of", "PNG and", "truncated PNG")) else "image/jpeg"
    )


def measure(data, mime, folder):
    """What became of a file, and what it cost: processor time and memory with those of processes that it started."""
    path = folder / "upload"
    path.write_bytes(data)
    command = [sys.executable, "-c", CHILD, str(path), mime]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_picture_is_refused_quickly_and_in_little_memory(name, tmp_path):
    data, code = HOSTILE[name]
    measured = measure(data, declared(name), tmp_path)
    assert measured["code"] == code
    assert measured["seconds"] < 1
    assert measured["mb"] < 250


def outcome(data):
    try:
        return "read" if image.check(data).jpeg.startswith(b"\xff\xd8\xff") else "no JPEG"
    except RefusedInputError as error:
        return error.code


def test_a_plain_picture_passes_the_same_gate():
    assert image.check(jpeg(), declared_mime="image/jpeg").width == 300


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [made.forms_in_forms(), made.page(b"0 0 m 9 9 l S " * 3_000_000), made.page(b"q " * 30_000_000)],
    ids=["forms in forms", "millions of strokes", "a stack of millions"],
)
def test_a_document_that_takes_too_much_is_ended(data, tmp_path):
    """Only drawing it shows what it costs: the process that draws is ended by its limits, and this one is unharmed."""
    measured = measure(data, "application/pdf", tmp_path)
    assert measured["code"] == "image_too_heavy"
    assert measured["seconds"] < isolated.CPU_S + 1
    assert measured["mb"] < 1000


@given(st.binary(max_size=400))
def test_any_document_is_refused_by_name_and_never_crashes(content):
    with pytest.raises(RefusedInputError) as refused:
        image.check(b"%PDF-1.4\n" + content)
    assert refused.value.code == "pdf_broken"


@settings(max_examples=12)
@given(st.data())
def test_a_damaged_document_is_refused_by_name_or_read(data):
    content = bytearray(made.page(made.lines(*made.RECEIPT)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(5, len(content) - 8))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(content)).startswith(("pdf_", "image_", "read"))


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_heic_header_is_refused_by_name_or_read(data):
    content = bytearray(heics.built())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(12, 400))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BrokenFileError):  # nothing else may come out
        assert heif.read(bytes(content)).mime == "image/heic"


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_by_name_and_never_crash(data):
    with pytest.raises(RefusedInputError):
        image.check(data)


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_picture_is_refused_by_name_or_read(data):
    content = bytearray(jpeg((120, 90)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(content)).startswith(("image_", "read"))
