"""dlt's merge of sales events by their key, timed; prints seconds as JSON. For `benchmarks.etl --dlt`.

python -m benchmarks.etl_dlt DSN FILE ROWS dict|arrow

Runs where dlt is installed (`make bench-etl DLT=1` makes such a place), so it imports nothing of the project. dlt
validates by the types of the columns, which are given.
"""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import dlt

TYPES = {
    "event_id": "text",
    "customer_id": "bigint",
    "event_type": "text",
    "occurred_at": "timestamp",
    "amount": "decimal",
    "currency": "text",
    "quantity": "bigint",
    "payload": "json",
}


def rows(path: str, count: int) -> Iterator[dict[str, Any]]:
    """The rows as dictionaries, typed."""
    with open(path, newline="") as file:  # noqa: PTH123 - a plain program
        for row in islice(csv.DictReader(file), count):
            row["occurred_at"] = datetime.fromisoformat(row["occurred_at"])
            row["amount"] = Decimal(row["amount"])
            row["customer_id"], row["quantity"] = int(row["customer_id"]), int(row["quantity"])
            row["payload"] = json.loads(row["payload"])
            yield row


def tables(path: str, count: int) -> Iterator[Any]:
    """The rows as arrow batches; types are given when reading, the object stays text."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    typed = {"customer_id": pa.int64(), "quantity": pa.int64(), "occurred_at": pa.timestamp("us", "UTC")}
    typed |= {"amount": pa.decimal128(12, 2)}
    seen = 0
    for batch in arrow_csv.open_csv(path, convert_options=arrow_csv.ConvertOptions(column_types=typed)):
        table = pa.Table.from_batches([batch]).slice(0, count - seen)
        seen += len(table)
        yield table
        if seen >= count:
            return


def main(dsn: str, path: str, count: str, form: str) -> None:
    """Merge them."""
    made = rows if form == "dict" else tables
    columns = {name: {"data_type": kind} for name, kind in TYPES.items() if form == "dict" or kind != "json"}
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench", destination=dlt.destinations.postgres(dsn), dataset_name="bench_dlt", pipelines_dir=folder
        )
        events = dlt.resource(
            made(path, int(count)), name="bench", write_disposition="merge", primary_key="event_id", columns=columns
        )
        started = time.perf_counter()
        pipeline.run(events)
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
