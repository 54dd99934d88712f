"""Spanish shops: supermarket, bakery, pharmacy, hardware and clothes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.samples.spanish import goods, numbers
from tools.samples.spanish.bill import EURO, Sold
from tools.samples.spanish.common import bill, day, head, name, paid, phone, rate, tax_table
from tools.samples.spanish.sheet import Sheet

if TYPE_CHECKING:
    import random

    from tools.samples.spanish.bill import Bill

_write = EURO.write


def _form(merchant: str) -> str:
    """The first letter of a company's tax number, by its form."""
    folded = merchant.upper().replace(" ", "")
    if folded.endswith("S.A."):
        return "A"
    return "F" if "COOP" in folded else "E" if folded.endswith("C.B.") else "B"


def tax_number(chance: random.Random, merchant: str) -> str:
    """A company's number that fits its name, or a person's."""
    company = any(form in merchant for form in (", S", ", C.B"))
    return numbers.company(chance, _form(merchant)) if company else numbers.person(chance)


def supermarket(chance: random.Random) -> tuple[Bill, Sheet]:
    """Quantity, article, unit price for several, weighed fruit, a second one cheaper, table of taxes by rate."""
    merchant = chance.choice(goods.shop("supermarket").names)
    lines = list(goods.buy(goods.shop("supermarket"), chance))
    if chance.random() < 0.5:  # noqa: PLR2004 half of them buy fruit
        fruit, low, high = goods.fruit(chance)
        weight, unit = Decimal(chance.randint(205, 2400)) / 1000, Decimal(chance.randint(low, high)) / 100
        lines.insert(chance.randrange(len(lines)), Sold(fruit, weight, unit, EURO.rounded(weight * unit), Decimal(4)))
    cheaper = max(lines, key=lambda line: (line.rate, line.amount))
    discount = EURO.rounded(cheaper.amount / 4) if chance.random() < 0.4 else Decimal(0)  # noqa: PLR2004 share of offers
    number = f"{chance.randint(1000, 4999)}-{chance.randint(10, 999):03d}-{chance.randint(1, 999999):06d}"
    sold = bill(
        chance, "supermarket", merchant=merchant, tax_id=tax_number(chance, merchant), lines=tuple(lines),
        number=number, discount=discount,
    )  # fmt: skip
    sheet = Sheet(chance.choice((40, 42, 44)))
    label = chance.choice(("NIF", "C.I.F.", "CIF"))
    head(sheet, sold, goods.place("spain", chance), f"{label}: {sold.tax_id}", f"TELÉFONO: {phone(chance)}")
    sheet.pair(f"{sold.day:%d/%m/%Y} {sold.clock:%H:%M}", f"OP: {chance.randint(100000, 999999)}")
    sheet.left(f"FACTURA SIMPLIFICADA: {sold.number}")
    sheet.cells(("Descripción", 0.10, "left"), ("P. Unit", 0.80, "right"), ("Importe", 1.0, "right"))
    for line in sold.lines:
        _supermarket_line(sheet, line)
        if discount and line is cheaper:
            sheet.pair("   DTO. 2ª UNIDAD", f"-{_write(discount)}")
    sheet.pair("         TOTAL (€)", _write(sold.total), bold=True)
    paid(sheet, sold, chance)
    sheet.gap()
    tax_table(sheet, sold, ("IVA", "BASE IMPONIBLE (€)", "CUOTA (€)"), sums=chance.random() < 0.5)  # noqa: PLR2004 half
    sheet.gap()
    sheet.centre("SE ADMITEN DEVOLUCIONES CON TICKET")
    return sold, sheet


def _supermarket_line(sheet: Sheet, line: Sold) -> None:
    """One article; weighed ones take two rows."""
    if line.quantity != line.quantity.to_integral():
        sheet.left(f"1 {line.name}")
        weight = f"{line.quantity:.3f}".replace(".", ",")
        sheet.cells(
            (f"{weight} kg", 0.12, "left"),
            (f"{_write(line.unit)} €/kg", 0.8, "right"),
            (_write(line.amount), 1.0, "right"),
        )
        return
    unit = _write(line.unit) if line.quantity > 1 else ""
    sheet.cells(
        (f"{line.quantity} {line.name}", 0.0, "left"), (unit, 0.80, "right"), (_write(line.amount), 1.0, "right")
    )


def bakery(chance: random.Random) -> tuple[Bill, Sheet]:
    """A small simplified invoice: no table, tax included."""
    merchant = chance.choice(goods.shop("bakery").names)
    sold = bill(
        chance,
        "bakery",
        merchant=merchant,
        tax_id=tax_number(chance, merchant),
        lines=goods.buy(goods.shop("bakery"), chance),
        shows_taxes=False,
    )
    sheet = Sheet(34)
    head(sheet, sold, goods.place("spain", chance), f"NIF {sold.tax_id}")
    sheet.centre("FACTURA SIMPLIFICADA")
    sheet.left(f"Núm.: {sold.number}")
    sheet.pair(f"Fecha {day(sold, chance)}", f"{sold.clock:%H:%M}")
    sheet.rule(chance.choice("-=. "))
    for line in sold.lines:
        sheet.pair(f"{line.quantity}x {line.name}", _write(line.amount))
    sheet.rule(chance.choice("-= "))
    sheet.pair("TOTAL", f"{_write(sold.total)} €", scale=1.35, bold=True)
    paid(sheet, sold, chance, cash="Entregado", change="Cambio")
    sheet.gap()
    rates = " y ".join(f"{rate(tax.rate)}%" for tax in sold.taxes)
    sheet.centre(f"IVA {rates} incluido", "Gracias por su visita")
    return sold, sheet


def pharmacy(chance: random.Random) -> tuple[Bill, Sheet]:
    """National code and article on one row, quantity and price on the next."""
    merchant = chance.choice(goods.shop("pharmacy").names)
    sold = bill(
        chance,
        "pharmacy",
        merchant=merchant,
        tax_id=tax_number(chance, merchant),
        lines=goods.buy(goods.shop("pharmacy"), chance),
    )
    sheet = Sheet(40)
    head(sheet, sold, goods.place("spain", chance), f"N.I.F.: {sold.tax_id}   Tel. {phone(chance)}")
    sheet.pair(f"Ticket: {sold.number}", f"Vend: {name(chance)}")
    sheet.pair(f"Fecha: {sold.day:%d/%m/%Y}", f"Hora: {sold.clock:%H:%M:%S}")
    sheet.rule()
    sheet.cells(("Artículo", 0.0, "left"), ("Cant.", 0.55, "right"), ("PVP", 0.77, "right"), ("Importe", 1.0, "right"))
    for line in sold.lines:
        sheet.left(f"{chance.randint(600000, 999999)} {line.name}")
        sheet.cells(
            (f"{line.quantity}", 0.55, "right"), (_write(line.unit), 0.77, "right"), (_write(line.amount), 1.0, "right")
        )
    sheet.rule()
    sheet.pair("TOTAL EUROS", _write(sold.total), scale=1.2, bold=True)
    paid(sheet, sold, chance)
    for tax in sold.taxes:
        sheet.left(f"Base {rate(tax.rate)}%: {_write(tax.base)}  Cuota IVA: {_write(tax.amount)}")
    sheet.centre("Medicamentos: no se admiten cambios")
    return sold, sheet


def hardware(chance: random.Random) -> tuple[Bill, Sheet]:
    """Net prices, a discount in percent a line, tax on top."""
    merchant = chance.choice(goods.shop("hardware").names)
    bought = [(line, chance.choice((0, 0, 5, 10, 15, 20))) for line in goods.buy(goods.shop("hardware"), chance)]
    lines = tuple(replace(line, amount=EURO.rounded(line.amount * (100 - cut) / 100)) for line, cut in bought)
    sold = bill(chance, "hardware", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines, net=True)
    sheet = Sheet(46)
    head(sheet, sold, goods.place("spain", chance), f"C.I.F.: {sold.tax_id}")
    sheet.left(f"Nº FACTURA: {sold.number}")
    sheet.pair(f"FECHA: {day(sold, chance)}", f"HORA: {sold.clock:%H:%M}")
    sheet.rule()
    sheet.cells(
        ("ARTÍCULO", 0.0, "left"),
        ("UDS", 0.55, "right"),
        ("PRECIO", 0.72, "right"),
        ("DTO", 0.83, "right"),
        ("IMPORTE", 1.0, "right"),
    )
    for line, (_, cut) in zip(lines, bought, strict=True):
        sheet.cells(
            (line.name, 0.0, "left"), (f"{line.quantity}", 0.55, "right"), (_write(line.unit), 0.72, "right"),
            (f"{cut}%" if cut else "", 0.83, "right"), (_write(line.amount), 1.0, "right"),
        )  # fmt: skip
    sheet.rule()
    for tax in sold.taxes:
        sheet.pair("BASE IMPONIBLE", _write(tax.base))
        sheet.pair(f"IVA {rate(tax.rate)} %", _write(tax.amount))
    sheet.pair("TOTAL FACTURA", f"{_write(sold.total)} €", scale=1.15, bold=True)
    paid(sheet, sold, chance, cash="ENTREGADO")
    return sold, sheet


def clothes(chance: random.Random) -> tuple[Bill, Sheet]:
    """References, a season's discount below each article, a last day for changes."""
    merchant = chance.choice(goods.shop("clothes").names)
    lines = goods.buy(goods.shop("clothes"), chance, goods.Basket(counts=(1,)))
    cut = chance.choice((0, 0, 20, 30))
    cuts = [EURO.rounded(line.amount * cut / 100) for line in lines]
    sold = bill(
        chance,
        "clothes",
        merchant=merchant,
        tax_id=tax_number(chance, merchant),
        lines=lines,
        discount=sum(cuts, Decimal(0)),
    )
    sheet = Sheet(42, "sans")
    head(sheet, sold, goods.place("spain", chance), f"NIF: {sold.tax_id}")
    sheet.pair(f"Factura simplificada {sold.number}", f"{day(sold, chance)} {sold.clock:%H:%M}")
    sheet.left(f"Le atendió: {name(chance)}")
    sheet.gap()
    for line, off in zip(lines, cuts, strict=True):
        sheet.left(f"{chance.randint(1000000, 9999999)}  {line.name}  T.{chance.choice(('38', '40', 'M', 'L'))}")
        sheet.pair("   1 Ud", f"{_write(line.amount)} €")
        if off:
            sheet.pair(f"   Descuento {cut}%", f"-{_write(off)} €")
    sheet.gap()
    sheet.pair("TOTAL A PAGAR", f"{_write(sold.total)} €", scale=1.3, bold=True)
    paid(sheet, sold, chance, cash="Efectivo", change="Cambio")
    for tax in sold.taxes:
        sheet.pair(f"IVA {rate(tax.rate)}% s/ {_write(tax.base)}", _write(tax.amount))
    sheet.centre(f"Cambios hasta el {sold.day + timedelta(days=30):%d/%m/%Y}")
    return sold, sheet
