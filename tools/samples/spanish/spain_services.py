"""Spanish services: restaurant, petrol station, taxi, hotel, parking and toll."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.samples.spanish import goods, numbers
from tools.samples.spanish.bill import EURO, Sold
from tools.samples.spanish.common import MONTHS, bill, day, head, name, paid, phone, rate, tax_table
from tools.samples.spanish.sheet import Sheet
from tools.samples.spanish.spain_shops import tax_number

if TYPE_CHECKING:
    import random

    from tools.samples.spanish.bill import Bill

_write = EURO.write
_VAT, _REDUCED = Decimal(21), Decimal(10)
_ONE = Decimal(1)
_HALF = 0.5


def _cents(chance: random.Random, low: int, high: int, step: int = 1) -> Decimal:
    """An amount drawn between two, in cents."""
    return Decimal(chance.randrange(low, high, step)) / 100


def restaurant(chance: random.Random) -> tuple[Bill, Sheet]:
    """Table and waiter, unit prices, base and tax, a tip now and then."""
    merchant = chance.choice(goods.shop("restaurant").names)
    lines = goods.buy(goods.shop("restaurant"), chance, goods.Basket(counts=(1, 1, 2, 2, 3, 4)))
    tip = _cents(chance, 100, 800, 50) if chance.random() < 0.3 else Decimal(0)  # noqa: PLR2004 share of tips
    sold = bill(chance, "restaurant", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines, tip=tip)
    sheet = Sheet(42)
    head(sheet, sold, goods.place("spain", chance), f"CIF {sold.tax_id}", f"Tlf: {phone(chance)}")
    sheet.pair(f"Mesa: {chance.randint(1, 40)}", f"Comensales: {chance.randint(1, 8)}")
    sheet.pair(f"Fecha: {day(sold, chance)}", f"Hora: {sold.clock:%H:%M}")
    sheet.pair(f"Ticket Nº {sold.number}", f"Camarero: {name(chance)}")
    sheet.rule(chance.choice("-=*"))
    sheet.cells(("Ud", 0.0, "left"), ("Descripción", 0.1, "left"), ("Precio", 0.8, "right"), ("Importe", 1.0, "right"))
    for line in sold.lines:
        sheet.cells(
            (f"{line.quantity}", 0.0, "left"), (line.name, 0.1, "left"), (_write(line.unit), 0.8, "right"),
            (_write(line.amount), 1.0, "right"),
        )  # fmt: skip
    sheet.rule(chance.choice("-="))
    for tax in sold.taxes:
        sheet.pair("Base imponible", _write(tax.base))
        sheet.pair(f"I.V.A. {rate(tax.rate)}%", _write(tax.amount))
    if tip:
        sheet.pair("Subtotal", f"{_write(sold.total - tip)}")
        sheet.pair("Propina", f"{_write(tip)}")
    sheet.pair(
        "TOTAL A PAGAR" if tip else chance.choice(("TOTAL", "TOTAL A PAGAR")),
        f"{_write(sold.total)} €",
        scale=1.3,
        bold=True,
    )
    paid(sheet, sold, chance)
    sheet.centre("IVA INCLUIDO. ¡Gracias por su visita!")
    return sold, sheet


def petrol(chance: random.Random) -> tuple[Bill, Sheet]:
    """Pump, litres and price of a litre with three decimals; as a table or one below the other."""
    merchant = chance.choice(goods.shop("fuel").names)
    name_, low, high, _ = chance.choice(goods.shop("fuel").goods)
    litres, unit = _cents(chance, 800, 6200), Decimal(chance.randint(low, high)) / 1000
    lines: tuple[Sold, ...] = (Sold(name_, litres, unit, EURO.rounded(litres * unit), _VAT),)
    if chance.random() < 0.3:  # noqa: PLR2004 share of those who buy more
        price = _cents(chance, 110, 900)
        lines += (Sold(chance.choice(("LAVADO BÁSICO", "AGUA 1,5L", "LIMPIAPARABRISAS")), _ONE, price, price, _VAT),)
    sold = bill(chance, "petrol", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines)
    sheet = Sheet(40)
    head(sheet, sold, goods.place("spain", chance), f"N.I.F. {sold.tax_id}")
    sheet.left(f"Factura simplificada: {sold.number}")
    sheet.pair(f"Fecha: {day(sold, chance)}", f"Hora: {sold.clock:%H:%M:%S}")
    sheet.left(f"Surtidor: {chance.randint(1, 12):02d}")
    sheet.gap()
    _fuel_lines(sheet, sold, table=chance.random() < _HALF)
    sheet.gap()
    sheet.pair(chance.choice(("IMPORTE TOTAL", "TOTAL EUR")), f"{_write(sold.total)}", scale=1.2, bold=True)
    for tax in sold.taxes:
        sheet.pair(f"BASE IMP. {_write(tax.base)}", f"IVA {rate(tax.rate)}%  {_write(tax.amount)}")
    paid(sheet, sold, chance)
    sheet.centre("Buen viaje")
    return sold, sheet


def _fuel_lines(sheet: Sheet, sold: Bill, *, table: bool) -> None:
    """The fuel and what else was bought."""
    fuel, *others = sold.lines
    litres, unit = f"{fuel.quantity:.2f}".replace(".", ","), f"{fuel.unit:.3f}".replace(".", ",")
    if table:
        sheet.cells(
            ("PRODUCTO", 0.0, "left"), ("LITROS", 0.55, "right"), ("€/L", 0.77, "right"), ("IMPORTE", 1.0, "right")
        )
        sheet.cells(
            (fuel.name, 0.0, "left"),
            (litres, 0.55, "right"),
            (unit, 0.77, "right"),
            (_write(fuel.amount), 1.0, "right"),
        )
    else:
        sheet.pair("Producto", fuel.name)
        sheet.pair("Litros", litres)
        sheet.pair("Precio/litro", f"{unit} €")
        sheet.pair("Importe", f"{_write(fuel.amount)} €")
    for line in others:
        sheet.pair(line.name, _write(line.amount))


def taxi(chance: random.Random) -> tuple[Bill, Sheet]:
    """A taximeter's strip: licence, way, fare and supplements."""
    fare = _cents(chance, 480, 4200, 5)
    lines: tuple[Sold, ...] = (Sold("Carrera", _ONE, fare, fare, _REDUCED),)
    if chance.random() < _HALF:
        extra = chance.choice((Decimal("3.00"), Decimal("5.50"), Decimal("1.50")))
        lines += (Sold("Suplementos", _ONE, extra, extra, _REDUCED),)
    sold = bill(
        chance, "taxi", merchant=chance.choice(goods.names("taxi")), tax_id=numbers.person(chance), lines=lines,
        number=f"{chance.randint(100, 99999):06d}", shows_taxes=False,
    )  # fmt: skip
    until = (datetime.combine(sold.day, sold.clock) + timedelta(minutes=chance.randint(4, 35))).time()
    sheet = Sheet(30)
    sheet.centre(sold.merchant, bold=True)
    sheet.centre(f"LICENCIA {chance.randint(10, 15999):05d}", f"NIF {sold.tax_id}")
    sheet.centre(f"Matrícula {chance.randint(1000, 9999)} {chance.choice(('KLM', 'LBC', 'MFR'))}")
    sheet.gap()
    sheet.left(f"RECIBO Nº {sold.number}")
    sheet.left(f"FECHA {day(sold, chance)}")
    sheet.pair(f"INICIO {sold.clock:%H:%M}", f"FIN {until:%H:%M}")
    sheet.pair("KM RECORRIDOS", f"{chance.randint(1, 30)},{chance.randint(0, 9)}")
    sheet.pair("TARIFA", f"{chance.randint(1, 4)}")
    sheet.pair("IMPORTE CARRERA", f"{_write(fare)} €")
    for line in lines[1:]:
        sheet.pair("SUPLEMENTOS", f"{_write(line.amount)} €")
    sheet.pair("TOTAL", f"{_write(sold.total)} €", scale=1.2, bold=True)
    sheet.centre("IVA 10% INCLUIDO")
    sheet.left("Pago: TARJETA" if sold.payment == "card" else "Pago: EFECTIVO")
    return sold, sheet


def hotel(chance: random.Random) -> tuple[Bill, Sheet]:
    """An invoice on a sheet: the guest's own tax number, nights, net amounts, table of taxes."""
    merchant = chance.choice(goods.shop("hotel").names)
    lines = goods.buy(goods.shop("hotel"), chance, goods.Basket(counts=(1, 2, 3)))
    sold = bill(
        chance, "hotel", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines, net=True, payment="card",
        shows_time=False, number=f"H{chance.randint(20, 29)}/{chance.randint(100, 99999):05d}",
    )  # fmt: skip
    nights = chance.randint(1, 5)
    sheet = Sheet(64, "sans")
    street, town = goods.place("spain", chance)
    sheet.pair(sold.merchant, "FACTURA", scale=1.3, bold=True)
    sheet.pair(street, f"Nº factura: {sold.number}")
    sheet.pair(town, f"Fecha: {sold.day.day} de {MONTHS[sold.day.month - 1]} de {sold.day.year}")
    sheet.pair(f"NIF: {sold.tax_id}", f"Tel. {phone(chance)}")
    sheet.gap(1.0)
    sheet.pair(f"Cliente: Construcciones {name(chance)}, S.L.", f"Habitación: {chance.randint(101, 512)}")
    sheet.pair(f"NIF cliente: {numbers.company(chance)}", f"Entrada: {sold.day - timedelta(days=nights):%d/%m/%Y}")
    sheet.pair("C/ Alcalá, 30 - 28014 Madrid", f"Salida: {sold.day:%d/%m/%Y}")
    sheet.gap(1.0)
    sheet.cells(
        ("Concepto", 0.0, "left"),
        ("Cant.", 0.6, "right"),
        ("Precio", 0.8, "right"),
        ("Importe", 1.0, "right"),
        bold=True,
    )
    for line in lines:
        sheet.cells(
            (line.name, 0.0, "left"), (f"{line.quantity}", 0.6, "right"), (_write(line.unit), 0.8, "right"),
            (_write(line.amount), 1.0, "right"),
        )  # fmt: skip
    sheet.gap(1.0)
    tax_table(sheet, sold, ("Tipo IVA", "Base imponible", "Cuota"))
    sheet.gap(1.0)
    sheet.pair("TOTAL FACTURA", f"{_write(sold.total)} €", scale=1.25, bold=True)
    sheet.left("Forma de pago: tarjeta de crédito")
    return sold, sheet


def parking(chance: random.Random) -> tuple[Bill, Sheet]:
    """Way in and out, the time between, one amount."""
    merchant = chance.choice(goods.names("parking"))
    minutes = chance.randint(12, 400)
    amount = EURO.rounded(Decimal(minutes) * Decimal("0.0465") + Decimal("0.40"))
    lines = (Sold("Estancia", _ONE, amount, amount, _VAT),)
    sold = bill(chance, "parking", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines, payment="card")
    out = datetime.combine(sold.day, sold.clock)
    sheet = Sheet(34)
    head(sheet, sold, goods.place("spain", chance), f"{chance.choice(('N.I.F.', 'C.I.F.'))} {sold.tax_id}")
    sheet.left(f"Factura simplificada {sold.number}")
    sheet.pair("Entrada:", f"{out - timedelta(minutes=minutes):%d/%m/%Y %H:%M}")
    sheet.pair("Salida:", f"{out:%d/%m/%Y %H:%M}")
    sheet.left(f"Tiempo: {minutes // 60}h {minutes % 60:02d}m   Plaza: {chance.randint(1, 400)}")
    sheet.gap()
    sheet.pair("Estancia", f"{_write(amount)} €")
    for tax in sold.taxes:
        sheet.pair("Base imponible", f"{_write(tax.base)} €")
        sheet.pair(f"IVA {rate(tax.rate)}%", f"{_write(tax.amount)} €")
    sheet.pair(chance.choice(("Importe total", "TOTAL")), f"{_write(sold.total)} €", scale=1.2, bold=True)
    sheet.pair("Tarjeta ************3307", f"{_write(sold.total)} €")
    return sold, sheet


def toll(chance: random.Random) -> tuple[Bill, Sheet]:
    """A motorway's slip: station, lane, class, amount, base and tax on one row."""
    merchant = chance.choice(goods.names("toll"))
    amount = _cents(chance, 185, 2950, 5)
    lines = (Sold("Peaje", _ONE, amount, amount, _VAT),)
    sold = bill(
        chance, "toll", merchant=merchant, tax_id=tax_number(chance, merchant), lines=lines, payment="card",
        number=f"{chance.randint(1, 99999999):08d}",
    )  # fmt: skip
    sheet = Sheet(36)
    sheet.centre(merchant, bold=True)
    sheet.centre(f"CIF: {sold.tax_id}")
    sheet.gap()
    sheet.pair(f"ESTACIÓN: {chance.randint(100, 499)}", f"VÍA: {chance.randint(1, 18):02d}")
    sheet.left(f"{sold.day:%d-%m-%Y}   {sold.clock:%H:%M:%S}")
    sheet.left(f"TICKET Nº {sold.number}")
    sheet.left("CLASE: LIGEROS 1   RECORRIDO: 118-204")
    sheet.pair("IMPORTE PEAJE", f"{_write(amount)} EUR", scale=1.2, bold=True)
    tax = sold.taxes[0]
    sheet.left(f"BASE {_write(tax.base)}  IVA {rate(tax.rate)}% {_write(tax.amount)}")
    sheet.left("FORMA DE PAGO: TARJETA")
    sheet.centre("FACTURA SIMPLIFICADA - IVA INCLUIDO")
    return sold, sheet
