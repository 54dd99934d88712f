"""No page of the console shows a secret: each of them is a canary here, and every page is looked at."""

import pytest

from console import access, identify, passwords, people
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event
from tests import console_filled
from tests.console_support import KEY, Browser
from tickets import review_link

PASSWORD = "Canary-Console-4f81c2"
USERS_WORD = "Canary-Of-Rosa-77d0"
KESTRA = "Canary-Kestra-90aa31"
PROXY = "canary-proxy-5b1de07c44a9"
PROVIDER = "pat-na1-canary-0c7e5b9a-2f6d"
PATHS = [
    *("/", "/alerts", "/alerts?state=all", "/leads", "/state", "/state/keys", "/tickets", "/sign-in"),
    *("/etl", "/costs", "/metrics", "/api/metrics/latest", "/api/alerts/recent", "/api/etl/health", "/api/etl/metrics"),
    f"/leads/{console_filled.LEAD}",
    *("/nowhere", "/tickets/T-0000000009", "/leads/L-0000000009", "/alerts?after=%27%3B", "/tickets/review/a.b.c"),
]


@pytest.fixture
def canaries(desk, conn, monkeypatch):
    kept = passwords.make(USERS_WORD)
    secrets = {
        access.PASSWORD: PASSWORD,
        people.USERS: f"rosa@acme.test:reader:{kept}",
        identify.PROXY_SECRET: PROXY,
        "OPSFLOWS_KESTRA_PASSWORD": KESTRA,
        "HUBSPOT_TOKEN": PROVIDER,
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    console_filled.fill(conn)
    # What a careless provider, or a careless author, puts into an error.
    event = Event(event="other", title=f"refused: Bearer {PROVIDER}", message=f"Authorization: Bearer {PROVIDER}")
    book.fire(conn, event)
    database = desk.dsn.partition("@")[0].rpartition(":")[2]
    return [PASSWORD, USERS_WORD, KESTRA, PROXY, PROVIDER, KEY, database, kept, kept.rpartition("$")[2]]


@pytest.mark.parametrize("who", ["nobody", "reader", "operator"])
def test_no_page_and_no_header_shows_one(desk, canaries, who):
    browser = Browser(desk.url)
    if who != "nobody":
        browser = desk.sign_in(*{"reader": ("rosa@acme.test", USERS_WORD), "operator": ("opsflows", PASSWORD)}[who])
    seen = 0
    for path in [*PATHS, review_link.PATH + "x.y.z"]:
        answer = browser.open(path)
        shown = f"{answer.text}\n{answer.headers}"
        assert [canary for canary in canaries if canary in shown] == [], path
        seen += answer.status_code == 200
    assert seen >= (1 if who == "nobody" else 8)


def test_no_answer_to_a_form_shows_one(desk, canaries):
    browser = desk.sign_in("opsflows", PASSWORD)
    for path in ("/state/breakers/hubspot/open", "/state/letters/replay", "/alerts/1/acknowledge", "/sign-in"):
        answer = browser.press(path, name="opsflows", password=USERS_WORD)
        shown = answer.text + str(answer.headers) + browser.open("/state").text
        assert [canary for canary in canaries if canary in shown] == [], path
