"""The review page over HTTP: who gets in, what is shown, what is recorded, and what no log tells."""

import re
from html.parser import HTMLParser

import pytest
import requests
from PIL import Image

from console import access
from tests.console_support import KEY, PASSWORD, TICKET_ID, logged, turned_sample
from tests.unit.tickets.hostile_texts import EVERYTHING
from tickets import review_link

KNOWN = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "body",
        "a",
        "main",
        "header",
        "h1",
        "h2",
        "p",
        "span",
        "div",
        "section",
    ),
    *("input", "label", "img", "form", "button", "ul", "li", "select", "option"),
}
ATTRIBUTES = {
    *(
        "lang",
        "charset",
        "name",
        "content",
        "rel",
        "href",
        "type",
        "class",
        "id",
        "tabindex",
        "for",
        "accesskey",
        "src",
    ),
    *("alt", "role", "method", "action", "autocomplete", "novalidate", "disabled", "hidden", "value"),
    *("maxlength", "spellcheck", "inputmode", "selected"),
    *("aria-label", "aria-labelledby", "aria-describedby", "aria-required"),
}
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


class Tags(HTMLParser):
    """The tags and attributes of a page, and the values of its inputs."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.values = set(), set(), {}

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "input":
            self.values[dict(attrs).get("name")] = dict(attrs).get("value") or ""


def get(url, **more):
    return requests.get(url, timeout=20, allow_redirects=False, **more)


def post(url, headers=SAME, **form):
    return requests.post(url, data=form, headers=headers, timeout=20, allow_redirects=False)


def test_an_open_review_is_shown(desk):
    desk.ticket()
    shown = get(desk.link())
    assert shown.status_code == 200
    for text in ("Mercado Peñalara, S. Coop.", "21,75", "2026-06-04", "Ana López", "compra oficina", "Marta"):
        assert text in shown.text
    assert "El total no se lee con seguridad." in shown.text
    assert re.search(r'id="total-sure">dudoso<', shown.text)
    assert re.search(r'id="merchant-sure">seguro<', shown.text)
    assert shown.text.count('class="piece"') == 3


def test_every_answer_has_the_strict_headers(desk):
    desk.ticket()
    link = desk.link()
    for url in (link, f"{link}/picture", f"{desk.url}/nowhere", f"{desk.url}/tickets/review/x.y.z"):
        headers = get(url).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "set-cookie" not in headers
        assert "server" not in headers
    assert get(link).headers["Cache-Control"] == "no-store"


def test_approval_with_corrections_is_recorded_and_wakes_the_execution(desk):
    desk.ticket()
    link = desk.link()
    answer = post(link, action="approve", total="21,57", merchant="Mercado Peñalara, S. Coop.", currency="eur")
    assert (answer.status_code, answer.headers["location"]) == (303, link.removeprefix(desk.url))
    review = desk.found()
    assert review["decision"] == {"action": "approve", "changes": {"total": "21.57"}}
    assert (review["state"], review["decided_by"], review["decided_via"]) == (
        "decided",
        "Marta (contabilidad)",
        "console",
    )
    assert desk.kestra.paused == set()
    shown = get(link)
    assert shown.status_code == 200
    for text in ("Aprobado", "Marta (contabilidad)", "consola web", "21.57"):
        assert text in shown.text


def test_a_rejection_takes_no_corrections(desk):
    desk.ticket()
    assert post(desk.link(), action="reject", total="this is none").status_code == 303
    assert desk.found()["decision"] == {"action": "reject", "changes": {}}


def test_the_decision_stays_when_kestra_is_away(desk):
    desk.ticket()
    desk.kestra.away = True
    assert post(desk.link(), action="approve").status_code == 303
    assert desk.found()["state"] == "decided"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("total", "mucho", "No es un importe"),
        ("total", "", "Hace falta"),
        ("issued_on", "2026-02-31", "No es una fecha"),
        ("currency", "EURO", "código de tres letras"),
        ("payment_method", "gold", "Elige una de la lista"),
        ("merchant", "x" * 201, "Demasiado largo"),
    ],
)
def test_a_value_that_is_none_is_told_beside_its_input(desk, field, typed, told):
    desk.ticket()
    link = desk.link()
    shown = post(link, action="approve", **{field: typed})
    assert shown.status_code == 422
    beside = shown.text.partition(f'id="{field}-why"')[2].partition("</div>")[0]
    assert told in beside
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', shown.text)
    assert desk.found()["state"] == "open"
    assert field == "payment_method" or typed in shown.text


def test_what_is_needed_and_was_not_read_is_asked_for(desk):
    desk.ticket(receipt={"total": None})
    shown = post(desk.link(), action="approve")
    assert shown.status_code == 422
    assert "Hace falta" in shown.text.partition('id="total-why"')[2].partition("</div>")[0]
    assert post(desk.link(), action="approve", total="3.10").status_code == 303
    assert desk.found()["decision"]["changes"] == {"total": "3.10"}


def test_no_action_is_no_decision(desk):
    desk.ticket()
    assert post(desk.link(), total="1,00").status_code == 422
    assert post(desk.link(), action="delete").status_code == 422
    assert desk.found()["state"] == "open"


def test_the_first_decision_counts(desk):
    desk.ticket()
    first, second = desk.link(by="Ana"), desk.link(by="Luis")
    assert post(first, action="reject").status_code == 303
    late = post(second, action="approve")
    assert late.status_code == 409
    assert "Ya estaba decidido" in late.text
    assert "Ana" in late.text
    assert desk.found()["decided_by"] == "Ana"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_a_form_of_another_site_is_refused(desk, headers):
    desk.ticket()
    assert post(desk.link(), headers=headers, action="approve").status_code == 403
    assert desk.found()["state"] == "open"


def test_a_browser_that_says_nothing_may_decide(desk):
    desk.ticket()
    assert post(desk.link(), headers={}, action="approve").status_code == 303


def test_an_ended_link_says_so_and_how_to_get_a_new_one(desk):
    desk.ticket()
    link = desk.link(hours=-1)
    for answer in (get(link), post(link, action="approve")):
        assert answer.status_code == 410
        assert "caducado" in answer.text
        assert TICKET_ID in answer.text
        assert "Mercado" not in answer.text
    assert get(f"{link}/picture").status_code == 404
    assert desk.found()["state"] == "open"


def test_a_review_that_nobody_decided_says_so(desk):
    desk.ticket()
    link = desk.link()
    desk.run("update tickets.reviews set state = 'expired' returning 1")
    assert get(link).status_code == 410
    assert "Nadie lo decidió" in get(link).text
    assert post(link, action="approve").status_code == 410


def test_a_wrong_token_opens_nothing_and_guessing_ends(desk):
    desk.ticket()
    link = desk.link()
    wrong = link[:-2] + ("AA" if link[-2:] != "AA" else "BB")
    assert get(wrong).status_code == 404
    assert "no es válido" in get(wrong).text
    answers = [get(f"{desk.url}/tickets/review/a.b.{number}").status_code for number in range(30)]
    assert answers[-1] == 429
    assert set(answers) == {404, 429}
    assert get(link).status_code == 200, "who has a link is not kept out by somebody's guesses"


def test_a_token_of_an_earlier_key_counts_during_a_rotation(desk, monkeypatch):
    desk.ticket()
    link = desk.link()
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY", "n" + KEY[1:])
    assert get(link).status_code == 404
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY_PREVIOUS", KEY)
    assert get(link).status_code == 200


def test_the_picture_and_its_pieces_come_through_the_link_alone(desk):
    desk.ticket()
    link = desk.link()
    whole, piece = get(f"{link}/picture"), get(f"{link}/piece/total")
    assert whole.headers["Content-Type"] == piece.headers["Content-Type"] == "image/jpeg"
    assert len(piece.content) < len(whole.content)
    assert get(f"{link}/piece/tax_id").status_code == 404
    assert get(f"{link}/piece/../../etc").status_code == 404
    assert get(f"{desk.url}/tickets/{TICKET_ID}/picture").status_code == 401
    before = len(desk.kestra.asked)
    get(f"{link}/picture")
    assert len(desk.kestra.asked) == before, "a picture is read from storage once"


def test_a_picture_that_lies_on_its_side_is_shown_upright(desk, tmp_path):
    desk.ticket(rotation=90, image_uri="kestra:///x/executions/turned/image.jpg")
    desk.kestra.files["kestra:///x/executions/turned/image.jpg"] = turned_sample(270)
    (tmp_path / "shown.jpg").write_bytes(get(f"{desk.link()}/picture").content)
    assert Image.open(tmp_path / "shown.jpg").size == (650, 854)


def test_without_a_picture_the_page_says_so(desk):
    desk.ticket(image_uri=None)
    link = desk.link()
    assert "No hay foto guardada" in get(link).text
    assert "<img" not in get(link).text
    assert get(f"{link}/picture").status_code == 404


def test_a_picture_that_cannot_be_had_now_hinders_no_decision(desk):
    desk.ticket()
    desk.kestra.away = True
    link = desk.link()
    assert get(f"{link}/picture").status_code == 503
    assert get(link).status_code == 200


@pytest.mark.parametrize("text", [*EVERYTHING, '"><img src=x onerror=alert(1)>', "' autofocus onfocus=alert(1) x='"])
def test_nothing_that_was_read_acts_as_html(desk, text):
    fields = dict.fromkeys(("merchant", "tax_id", "document_number"), text)
    desk.ticket(receipt=fields, message={"caption": text, "sender_name": text})
    seen = Tags()
    seen.feed(get(desk.link(by=text)).text)
    assert seen.tags <= KNOWN
    assert {name for name in seen.attributes if name.startswith("on")} == set()
    assert seen.attributes <= ATTRIBUTES
    assert text.split() == seen.values["merchant"].split()


def test_a_long_body_is_refused(desk):
    desk.ticket()
    assert post(desk.link(), action="approve", merchant="x" * 70_000).status_code == 413
    assert desk.found()["state"] == "open"


def test_no_log_has_a_token(desk, capfd):
    desk.ticket()
    link = desk.link()
    get(link)
    get(f"{link}/picture?x=1")
    post(link, action="approve", total="x")
    post(link, action="approve")
    get(link + "x")
    desk.run("alter table tickets.reviews rename to gone")
    try:
        assert get(link).status_code == 500
    finally:
        desk.run("alter table tickets.gone rename to reviews")
    said = logged(capfd, "/tickets/review/***", 6)
    token = link.rsplit("/", 1)[1]
    for part in (token, *token.split(".")[1:]):
        assert part not in said


def test_nothing_else_is_open_without_the_password(desk):
    desk.ticket()
    for path in ("/tickets", f"/tickets/{TICKET_ID}", f"/tickets/{TICKET_ID}/certificate", "/tickets/x"):
        assert get(desk.url + path).status_code in (401, 404), path
    assert get(f"{desk.url}/tickets").status_code == 401
    assert get(f"{desk.url}/tickets", auth=("opsflows", "wrong")).status_code == 401
    assert get(f"{desk.url}/tickets", auth=("other", PASSWORD)).status_code == 401
    assert get(f"{desk.url}/tickets", auth=("opsflows", PASSWORD)).status_code == 200
    assert get(f"{desk.url}/").status_code == 401
    for path in ("/docs", "/openapi.json", "/redoc"):
        assert get(desk.url + path).status_code == 404, path


def test_guessing_the_password_ends(desk):
    answers = [
        get(f"{desk.url}/tickets", auth=("opsflows", f"w{n}")).status_code for n in range(access.guesses._most + 2)
    ]
    assert answers[-1] == 429


def test_the_style_and_the_icon_are_under_the_path_that_the_edge_lets_through(desk):
    desk.ticket()
    page = get(desk.link()).text
    own = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert own
    assert [path for path in own if not path.startswith(review_link.PATH)] == []
    for path in re.findall(r'href="(/tickets/review/[a-z]+\.[a-z]+\?v=\w+)"', page):
        assert get(desk.url + path).status_code == 200
