"""A file is cut into chunks of whole rows, and nothing of it is lost between them."""

import pytest

from etl.load import source
from tests import etl_support as kit


@pytest.mark.parametrize(
    "size", [{"chunk_bytes": n} for n in (1, 50, 333, 10**6)] + [{"chunk_rows": n} for n in (1, 7)]
)
def test_the_chunks_together_are_the_file(tmp_path, size):
    rows = kit.dirty_rows(200)
    file = source.CsvFile(kit.write(tmp_path, rows), **size)
    spans = list(file.spans())
    assert [span.number for span in spans] == list(range(len(spans)))
    chunks = [file.read(span).decode() for span in spans]
    assert "".join(chunks) == "".join(rows)
    assert all(chunk.count('"') % 2 == 0 for chunk in chunks)


def test_a_last_row_without_line_end_gets_one(tmp_path):
    file = source.CsvFile(kit.write(tmp_path, [kit.row(1), kit.row(2).rstrip("\n")]))
    assert file.read(next(file.spans())).decode() == kit.row(1) + kit.row(2)


def test_an_open_quote_swallows_no_other_chunk(tmp_path):
    rows = [kit.row(1), 'x,"open\n', *map(kit.row, range(2, 9000))]
    file = source.CsvFile(kit.write(tmp_path, rows), chunk_rows=100)
    assert [file.read(span).count(b"\n") for span in file.spans()] == [100] * 90
