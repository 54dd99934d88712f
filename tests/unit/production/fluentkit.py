"""What Fluent Bit's filters of monitoring/fluent-bit do to a line, after its manual; a name may come to be there twice.

https://docs.fluentbit.io/manual/data-pipeline/filters: parser, nest (lift) and modify (Rename, Remove), and of the
output `es` what Logstash_Format and Replace_Dots do.
"""

import json
import re
from collections.abc import Iterator

import imagekit

CONF = imagekit.ROOT / "monitoring/fluent-bit/fluent-bit.conf"
Record = list[tuple[str, object]]
Section = list[tuple[str, str]]


def sections(name: str) -> list[Section]:
    """The settings of each section of a name, in their order."""
    found = re.findall(r"(?m)^\[(\w+)\]\n((?:    .*\n)*)", CONF.read_text())
    return [
        [(key, value) for key, _, value in (line.strip().partition(" ") for line in body.splitlines())]
        for title, body in found
        if title == name
    ]


def document(line: str, tag: str = "opsflows-kestra-1") -> Record:
    """The document that Elasticsearch gets for a line of a container's standard output."""
    record: Record = [("log", line + "\n"), ("stream", "stdout"), ("attrs", {"tag": tag})]
    for section in sections("FILTER"):
        given = {key: value.strip() for key, value in section}
        filtered = {"parser": _parse, "nest": _lift, "modify": _modify}[given["Name"]]
        record = list(filtered(record, section, given))
    (output,) = (dict(section) for section in sections("OUTPUT"))
    assert (output["Logstash_Format"].strip(), output["Replace_Dots"].strip()) == ("On", "On")
    return [("@timestamp", "2026-11-22T12:00:00.000Z"), *((name.replace(".", "_"), value) for name, value in record)]


def _parse(record: Record, _section: Section, given: dict[str, str]) -> Iterator[tuple[str, object]]:
    text = dict(record).get(given["Key_Name"])
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        yield from record
        return
    assert (given["Reserve_Data"], given["Preserve_Key"]) == ("On", "Off")
    yield from found.items()
    yield from (pair for pair in record if pair[0] != given["Key_Name"])


def _lift(record: Record, _section: Section, given: dict[str, str]) -> Iterator[tuple[str, object]]:
    for name, value in record:
        if name == given["Nested_under"] and isinstance(value, dict):
            yield from ((given["Add_prefix"] + inner, inside) for inner, inside in value.items())
        else:
            yield name, value


def _modify(record: Record, section: Section, _given: dict[str, str]) -> Iterator[tuple[str, object]]:
    for rule, words in section:
        names = {name for name, _ in record}
        if rule == "Rename":
            old, new = words.split()
            if old in names and new not in names:
                record = [(new if name == old else name, value) for name, value in record]
        elif rule == "Remove":
            record = [pair for pair in record if pair[0] != words.strip()]
    yield from record
