"""Tickets as other countries print them, line by line; the default country is Spain in all."""

from datetime import date
from decimal import Decimal

import pytest

from tickets.extraction import rules, validate

CHILE = """COMERCIAL LOS ANDES SPA
R.U.T.: 76.086.428-5
BOLETA ELECTRONICA N° 184467
AV. PROVIDENCIA 1234, SANTIAGO DE CHILE
FECHA: 14/10/2026 13:05
PAN AMASADO 1 x 1.990 1.990
BEBIDA 1.5L 2 x 1.690 3.380
TOTAL $ 5.370
IVA INCLUIDO 857
TARJETA DEBITO 5.370"""
COLOMBIA = """RESTAURANTE EL CERRO S.A.S.
NIT 900.373.115-3
CRA 7 # 45-10 BOGOTA, COLOMBIA
Factura de venta FV-20931
Fecha: 02/11/2026 12:40
ALMUERZO EJECUTIVO 18.900
JUGO NATURAL 6.500
SUBTOTAL 25.400
PROPINA VOLUNTARIA 2.540
TOTAL A PAGAR $ 27.940
EFECTIVO 30.000
CAMBIO 2.060"""
ARGENTINA = """DON MATEO S.R.L.
CUIT: 30-71659554-0
Av. Corrientes 1500, Buenos Aires
TIQUE FACTURA B Nro. 0003-00018211
Fecha 05/11/2026 Hora 21:14
2 u x 4.250,00 8.500,00
EMPANADA CARNE
1 u x 12.300,00 12.300,00
PIZZA MUZZARELLA
TOTAL $ 20.800,00
MERCADO PAGO 20.800,00"""
PERU = """BODEGA SANTA ROSA E.I.R.L.
RUC 20512333797
Jr. Union 455 - Lima
BOLETA DE VENTA ELECTRONICA B001-0004512
FECHA EMISION 30/10/2026 10:22
ARROZ EXTRA 5KG 1 24.90
ACEITE 1L 2 19.80
OP. GRAVADA S/ 37.88
I.G.V. 18% S/ 6.82
IMPORTE TOTAL S/ 44.70
EFECTIVO 50.00
VUELTO 5.30"""
UNITED_STATES = """Joe's Diner LLC
120 Main Street
Austin, TX 78701
(512) 555-0142
11/03/2026 7:45 PM
Check #: 10442
1 Burger 12.50
2 Iced Tea 6.00
Subtotal 18.50
Sales Tax 8.25% 1.53
Tip 3.70
Total $23.73
Visa 23.73"""
UNITED_KINGDOM = """THE OLD LANE CAFE LTD
VAT Reg No GB 123 4567 82
London SE1 9AA
Date 04 Nov 2026 09:31
Receipt No 55120
Flat White £3.60
Almond Croissant £3.95
TOTAL £7.55
CARD £7.55"""
PORTUGAL = """PASTELARIA A BRASILEIRA, LDA
NIF: 500100144
Rua Garrett 120, Lisboa
Fatura Simplificada FS 2026/8841
Data: 2026-11-06 08:51
2 Pastel de nata 2,80
1 Galao 1,60
TOTAL 4,40 EUR
Multibanco 4,40"""


@pytest.mark.parametrize(
    ("ticket", "merchant", "tax_id", "day", "money"),
    [
        (CHILE, "COMERCIAL LOS ANDES SPA", "760864285", date(2026, 10, 14), "CLP 5370"),
        (COLOMBIA, "RESTAURANTE EL CERRO S.A.S.", "9003731153", date(2026, 11, 2), "COP 27940.00"),
        (ARGENTINA, "DON MATEO S.R.L.", "30716595540", date(2026, 11, 5), "ARS 20800.00"),
        (PERU, "BODEGA SANTA ROSA E.I.R.L.", "20512333797", date(2026, 10, 30), "PEN 44.70"),
        (UNITED_STATES, "Joe's Diner LLC", None, date(2026, 11, 3), "USD 23.73"),
        (UNITED_KINGDOM, "THE OLD LANE CAFE LTD", "GB123456782", date(2026, 11, 4), "GBP 7.55"),
        (PORTUGAL, "PASTELARIA A BRASILEIRA, LDA", "500100144", date(2026, 11, 6), "EUR 4.40"),
    ],
    ids=["Chile", "Colombia", "Argentina", "Peru", "United States", "United Kingdom", "Portugal"],
)
def test_tickets_of_other_countries(ticket, merchant, tax_id, day, money, written_page, today):
    extraction = rules.extract(written_page(*ticket.splitlines()), country="ES", today=today)
    assessment = validate.assess(extraction, today=today)
    receipt = assessment.receipt
    assert (receipt.merchant, receipt.issued_on) == (merchant, day)
    assert f"{receipt.currency} {receipt.total}" == money
    assert receipt.tax_id == tax_id
    assert assessment.verdict == "accept", assessment.reasons


def test_tip_of_an_american_check(written_page, today):
    receipt = rules.extract(written_page(*UNITED_STATES.splitlines()), country="ES", today=today).receipt
    assert (receipt.subtotal, receipt.tip) == (Decimal("18.50"), Decimal("3.70"))
    assert [(tax.rate, tax.base, tax.amount) for tax in receipt.taxes] == [
        (Decimal("8.25"), Decimal("18.50"), Decimal("1.53"))
    ]


def test_payment_by_wallet(written_page, today):
    receipt = rules.extract(written_page(*ARGENTINA.splitlines()), country="ES", today=today).receipt
    assert receipt.payment_method == "mobile"
