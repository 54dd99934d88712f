"""An API as a source, by page and by cursor: whole windows, whatever it repeats, leaves out or exchanges."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import sourcekit as kit

from etl.sources import opening, pages
from etl.sources.model import Checkpoint, Window
from kit import dates, db
from kit.errors import AuthenticationError, InvalidResponseError, RefusedInputError, TransientError, UnavailableError
from tests.background import serve

DATASET = "sales_events"
both = pytest.mark.parametrize("paging", ["page", "cursor"])


def row(number: int, **changes) -> dict:
    values = [f"evt-{number}", number, "sale", "2026-11-20T10:00:00Z", "1.50", "EUR", 1, None]
    made = {
        "seq": number,
        "recorded_at": dates.to_iso(kit.minute(number)),
        **dict(zip(kit.HEADER, values, strict=True)),
    }
    return {**made, **changes}


@pytest.fixture
def shop(sandbox, process):
    """Puts rows into the shop; the settings and secrets lead to it."""

    def put(rows, **more) -> None:
        headers = {"Authorization": f"Bearer {process.credentials.shop_token}"}
        url = f"{process.base_url}/shop/v1/{DATASET}/rows"
        requests.put(url, json={"rows": list(rows), **more}, headers=headers, timeout=20).raise_for_status()

    put.sandbox = sandbox
    return put


def config(paging: str, **changes) -> dict:
    return {"kind": "api", "dataset": DATASET, "path": f"/v1/{DATASET}", "paging": paging, "page_rows": 10} | changes


def extract(tmp_path, paging: str, window: Window | None = None, checkpoint: Checkpoint | None = None, **changes):
    window = window or Window(None, kit.minute(100_000))
    return opening.open_source(config(paging, **changes), checkpoint).extract(window, tmp_path / "rows.csv")


def numbered(first: int, last: int) -> list[str]:
    return [f"evt-{number}" for number in range(first, last + 1)]


@both
def test_a_window_comes_whole_and_in_order(shop, tmp_path, paging):
    shop(row(number) for number in range(1, 58))
    found = extract(tmp_path, paging, Window(kit.minute(5), kit.minute(48)))
    assert kit.ids(found.path) == numbered(5, 47)
    assert found.path.read_text().splitlines()[1] == "evt-5,5,sale,2026-11-20T10:00:00Z,1.50,EUR,1,"
    assert (found.rows, found.checkpoint) == (43, Checkpoint(kit.minute(48), (47,)))
    assert found.notes == {"sweeps": 1, "pages_again": 0, "rows_again": 0}
    assert not list(tmp_path.glob("*.pages"))


@both
def test_an_empty_window_is_a_file_with_a_header(shop, tmp_path, paging):
    shop([row(1)])
    found = extract(tmp_path, paging, Window(kit.minute(2), kit.minute(3)))
    assert (found.rows, found.path.read_text()) == (0, ",".join(kit.HEADER) + "\n")


@both
def test_from_the_checkpoint_on_with_an_overlap(shop, tmp_path, paging):
    shop(row(number) for number in range(1, 31))
    found = extract(tmp_path, paging, None, Checkpoint(kit.minute(20)), overlap_s=120)
    assert kit.ids(found.path) == numbered(18, 30)


@both
@pytest.mark.parametrize("lie", ["repeat_page", "drop_page", "shuffle"])
@pytest.mark.parametrize("skip", [0, 1, 5])
def test_a_lie_is_survived(shop, tmp_path, paging, lie, skip):
    """The first, a middle or the last page is another one than it should be, once."""
    shop(row(number) for number in range(1, 56))
    shop.sandbox.fault("shop", "list", lie, calls=1, skip=skip)
    found = extract(tmp_path, paging)
    assert kit.ids(found.path) == numbered(1, 55)
    assert found.rows == 55


@both
def test_an_order_that_always_changes_is_survived(shop, tmp_path, paging):
    """Every second answer comes from a list in another order."""
    shop(row(number) for number in range(1, 36))
    shop.sandbox.fault("shop", "list", "shuffle", share=0.3, seed=4)
    found = extract(tmp_path, paging, page_rows=35)
    assert kit.ids(found.path) == numbered(1, 35)


@both
def test_a_page_that_never_comes_is_found(shop, tmp_path, paging):
    shop(row(number) for number in range(1, 56))
    shop.sandbox.fault("shop", "list", "drop_page")
    with pytest.raises(UnavailableError) as caught:
        extract(tmp_path, paging)
    assert caught.value.code == "source_inconsistent"


@both
def test_the_fallback_is_read_instead_of_a_liar(shop, migrated, tmp_path, monkeypatch, paging):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    shop(row(number) for number in range(1, 56))
    with db.connect(migrated) as conn:
        db.execute(conn, kit.TABLE)
        kit.fill(conn, 1, 55)
    shop.sandbox.fault("shop", "list", "drop_page")
    found = extract(tmp_path, paging, fallback="sales_events_table")
    assert (found.rows, found.source_name, found.problem) == (55, "sales_events_table", "source_inconsistent")


@both
@pytest.mark.parametrize(
    ("fault", "fields"), [("status", {"status": 503}), ("truncate", {}), ("reset", {}), ("delay", {"seconds": 0.2})]
)
def test_what_passes_is_tried_again(shop, tmp_path, paging, fault, fields):
    shop(row(number) for number in range(1, 26))
    shop.sandbox.fault("shop", "list", fault, calls=1, skip=1, **fields)
    assert kit.ids(extract(tmp_path, paging).path) == numbered(1, 25)


@both
def test_a_page_of_html_is_told_and_has_its_fallback(shop, tmp_path, paging):
    shop([row(1)])
    shop.sandbox.fault("shop", "list", "html")
    with pytest.raises(InvalidResponseError):
        extract(tmp_path, paging)


@both
def test_trouble_that_stays_is_told_as_what_it_is(shop, tmp_path, paging, monkeypatch):
    shop([row(1)])
    shop.sandbox.fault("shop", "list", "status", status=503)
    with pytest.raises(TransientError):
        extract(tmp_path, paging)
    shop.sandbox.clear_faults()
    monkeypatch.setenv("ETL_API_TOKEN", "another-token-than-the-shops")
    with pytest.raises(AuthenticationError):
        extract(tmp_path, paging)


@both
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda found: {name: value for name, value in found.items() if name != "amount"}, "columns_missing"),
        (
            lambda found: {("betrag" if name == "amount" else name): value for name, value in found.items()},
            "columns_missing",
        ),
        (lambda found: found | {"colour": "red"}, "columns_unknown"),
        (lambda found: found | {"amount": True}, "columns_retyped"),
        (lambda found: found | {"event_id": 7}, "columns_retyped"),
    ],
)
@pytest.mark.parametrize("first", [1, 21])
def test_a_changed_column_is_refused_also_in_the_middle(shop, tmp_path, paging, change, code, first):
    shop(row(number) if number < first else change(row(number)) for number in range(1, 41))
    with pytest.raises(RefusedInputError) as caught:
        extract(tmp_path, paging)
    assert caught.value.code == code


def test_values_come_as_they_were_sent(shop, tmp_path):
    payload = {"note": 'a, "b"\n', "rate": 0.1, "tags": [1, True, None]}
    shop(
        [row(1, amount="", payload=payload), row(2, currency="Ñ\u0000"), row(3, currency="\ud800"), row(4, amount=None)]
    )
    text = extract(tmp_path, "page").path.read_bytes().splitlines()
    assert text[1].endswith(b',"",EUR,1,"{""note"":""a, \\""b\\""\\n"",""rate"":0.1,""tags"":[1,true,null]}"')
    assert b",\xc3\x91\x00,1," in text[2]
    assert b",\xed\xa0\x80,1," in text[3]
    assert b"Z,,EUR" in text[4]


@both
def test_rows_larger_than_a_page_come_one_by_one(shop, tmp_path, paging, monkeypatch):
    monkeypatch.setattr("etl.sources.api._MAX_BYTES", 20_000)
    shop(row(number, currency="x" * (30_000 if number == 14 else 10)) for number in range(1, 31))
    found = extract(tmp_path, paging)
    assert kit.ids(found.path) == numbered(1, 30)
    assert len(kit.rows(found.path)[13]["currency"]) == 30_000


class Strange(BaseHTTPRequestHandler):
    """Answers that no honest list gives."""

    body = b"{}"

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_args):
        """Be quiet."""


@pytest.fixture
def strange(sandbox, monkeypatch):
    assert sandbox
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Strange,), {}))
    serve(server)
    host = f"127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OPSFLOWS_ETL_API_URL", f"http://{host}")
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", host)
    yield server.RequestHandlerClass
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", InvalidResponseError),
        (b'{"data": 1}', InvalidResponseError),
        (b'{"data": ["x"]}', InvalidResponseError),
        (b'{"data": [{"seq": "x"}], "total": 1}', RefusedInputError),
        (b'{"data": [], "total": 5}', UnavailableError),
        (b'{"data": [], "total": 0, "next_cursor": "same"}', UnavailableError),
    ],
)
def test_answers_that_cannot_be_true_are_told(strange, tmp_path, body, kind):
    strange.body = body
    with pytest.raises(kind):
        extract(tmp_path, "cursor")


def test_sizes_of_pages_divide_each_other():
    from etl.sources.api import _limits

    assert _limits(1000) == [1000, 500, 250, 125, 25, 5, 1]
    assert _limits(7) == [7, 1]
    assert pages.SWEEPS == 3
