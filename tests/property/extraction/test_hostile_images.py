"""Promise 22: hostile pictures are refused from their header, in under a second and 250 MB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import HOSTILE, jpeg
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import RefusedInputError
from tickets.extraction import image

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import json, re, sys, time
sys.path.insert(0, "scripts")
from tickets.extraction import image
from kit.errors import RefusedInputError
data = open(sys.argv[1], "rb").read()
started = time.process_time()  # other work on the machine must not fail a test
try:
    image.check(data, declared_mime=sys.argv[2])
    code = "accepted"
except RefusedInputError as error:
    code = error.code
seconds = time.process_time() - started
# getrusage would count what the test's own process had before it started this one
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps({"code": code, "seconds": seconds, "mb": peak}))
"""


def declared(name):
    return (
        "image/png" if name.startswith(("flat PNG", "PNG with", "PNG of", "PNG and", "truncated PNG")) else "image/jpeg"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_picture_is_refused_quickly_and_in_little_memory(name, tmp_path):
    data, code = HOSTILE[name]
    path = tmp_path / "upload"
    path.write_bytes(data)
    command = [sys.executable, "-c", CHILD, str(path), declared(name)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    measured = json.loads(answer.stdout)
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


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_by_name_and_never_crash(data):
    with pytest.raises(RefusedInputError):
        image.check(data)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_refused_by_name_or_read(data):
    content = bytearray(jpeg((120, 90)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(content)).startswith(("image_", "read"))
