"""Latin America: Mexico (shop and restaurant), Colombia, Chile, Argentina and Peru."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tools.samples.spanish import goods, numbers
from tools.samples.spanish.bill import DOLLAR_LIKE, EURO, WHOLE, Sold
from tools.samples.spanish.common import bill, head, name, paid, rate, tax_table
from tools.samples.spanish.sheet import Sheet

if TYPE_CHECKING:
    import random

    from tools.samples.spanish.bill import Bill

_TIPPED = 0.4  # share of tables


def mexico_shop(chance: random.Random) -> tuple[Bill, Sheet]:
    """RFC, folio, tax included, pesos with a point."""
    lines = goods.buy(goods.shop("mexican_shop"), chance)
    sold = bill(
        chance, "mexico_shop", country="MX", currency="MXN", merchant=chance.choice(goods.shop("mexican_shop").names),
        tax_id=numbers.rfc(chance), lines=lines, money=DOLLAR_LIKE, number=f"{chance.randint(10000, 999999)}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(38)
    head(sheet, sold, goods.place("mexico", chance), f"RFC: {sold.tax_id}", "REGIMEN GENERAL DE LEY")
    sheet.pair(f"FOLIO: {sold.number}", f"CAJERO: {name(chance).upper()}")
    sheet.left(f"FECHA: {sold.day:%d/%m/%Y}  {sold.clock:%H:%M:%S}")
    sheet.rule(chance.choice("-*="))
    for line in lines:
        sheet.pair(f"{line.quantity} {line.name}", f"${write(line.amount)}")
    sheet.rule()
    sheet.pair(chance.choice(("TOTAL", "TOTAL M.N.", "TOTAL MXN")), f"${write(sold.total)}", scale=1.2, bold=True)
    paid(sheet, sold, chance)
    for tax in sold.taxes:
        sheet.pair(f"IVA {rate(tax.rate)}%", f"${write(tax.amount)}")
    sheet.centre(f"ARTICULOS: {sum(line.quantity for line in lines)}", "GRACIAS POR SU COMPRA")
    return sold, sheet


def mexico_table(chance: random.Random) -> tuple[Bill, Sheet]:
    """A restaurant: subtotal, IVA, total, a tip on top now and then."""
    lines = goods.buy(goods.shop("mexican_table"), chance)
    net = sum((line.amount for line in lines), Decimal(0))
    tip = DOLLAR_LIKE.rounded(net / 10) if chance.random() < _TIPPED else Decimal(0)
    sold = bill(
        chance, "mexico_restaurant", country="MX", currency="MXN",
        merchant=chance.choice(goods.shop("mexican_table").names), tax_id=numbers.rfc(chance), lines=lines,
        money=DOLLAR_LIKE, net=True, tip=tip, payment="card",
        number=f"A-{chance.randint(100, 99999)}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(40)
    head(sheet, sold, goods.place("mexico", chance), f"R.F.C. {sold.tax_id}")
    sheet.pair(f"MESA: {chance.randint(1, 30)}", f"MESERO: {name(chance).upper()}")
    sheet.pair(f"ORDEN: {sold.number}", f"{sold.day:%d/%m/%Y} {sold.clock:%I:%M %p}")
    sheet.rule()
    sheet.cells(("CANT", 0.0, "left"), ("DESCRIPCION", 0.16, "left"), ("IMPORTE", 1.0, "right"))
    for line in lines:
        sheet.cells((f"{line.quantity}", 0.0, "left"), (line.name, 0.16, "left"), (write(line.amount), 1.0, "right"))
    sheet.rule()
    sheet.pair("SUBTOTAL", f"${write(sold.line_sum)}")
    for tax in sold.taxes:
        sheet.pair(f"IVA {rate(tax.rate)}%", f"${write(tax.amount)}")
    if tip:
        sheet.pair("PROPINA 10%", f"${write(tip)}")
    sheet.pair("TOTAL", f"${write(sold.total)}", scale=1.3, bold=True)
    sheet.left("TARJETA DE CREDITO")
    sheet.centre("ESTE NO ES UN COMPROBANTE FISCAL")
    return sold, sheet


def colombia(chance: random.Random) -> tuple[Bill, Sheet]:
    """NIT with dots, resolution of the tax authority with a date of its own, no cents."""
    lines = goods.buy(goods.shop("colombian"), chance, goods.Basket(WHOLE))
    sold = bill(
        chance, "colombia", country="CO", currency="COP", merchant=chance.choice(goods.shop("colombian").names),
        tax_id=numbers.nit(chance), lines=lines, money=WHOLE, number=f"POS{chance.randint(10000, 999999)}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(42)
    head(sheet, sold, goods.place("colombia", chance), f"NIT {numbers.dotted(sold.tax_id)}", "RESPONSABLE DE IVA")
    sheet.left(f"FACTURA DE VENTA No. {sold.number}")
    sheet.left(f"Resolución DIAN {chance.randint(18760000000000, 18769999999999)}")
    sheet.pair(f"Fecha: {sold.day:%Y-%m-%d}", f"Hora: {sold.clock:%H:%M}")
    sheet.left(f"Caja: {chance.randint(1, 20)}  Cajero: {name(chance)}")
    sheet.rule("=")
    sheet.cells(("CANT", 0.0, "left"), ("DESCRIPCION", 0.14, "left"), ("VALOR", 1.0, "right"))
    for line in lines:
        sheet.cells((f"{line.quantity}", 0.0, "left"), (line.name, 0.14, "left"), (write(line.amount), 1.0, "right"))
    sheet.rule("=")
    sheet.pair(chance.choice(("TOTAL A PAGAR", "TOTAL", "VALOR TOTAL")), f"$ {write(sold.total)}", scale=1.2, bold=True)
    paid(sheet, sold, chance)
    tax_table(sheet, sold, ("IVA", "BASE", "IMPUESTO"))
    sheet.centre("GRACIAS POR SU COMPRA")
    return sold, sheet


def chile(chance: random.Random) -> tuple[Bill, Sheet]:
    """RUT in a frame, an electronic boleta, no cents."""
    lines = goods.buy(goods.shop("chilean"), chance, goods.Basket(WHOLE))
    sold = bill(
        chance, "chile", country="CL", currency="CLP", merchant=chance.choice(goods.shop("chilean").names),
        tax_id=numbers.rut(chance), lines=lines, money=WHOLE, number=f"{chance.randint(10000, 9999999)}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(36)
    sheet.centre(f"R.U.T.: {numbers.dotted(sold.tax_id)}", "BOLETA ELECTRONICA", f"N° {sold.number}", bold=True)
    sheet.gap()
    sheet.centre(sold.merchant, bold=True)
    sheet.centre(*goods.place("chile", chance))
    sheet.pair(f"FECHA: {sold.day:%d-%m-%Y}", f"HORA: {sold.clock:%H:%M}")
    sheet.rule()
    for line in lines:
        sheet.left(line.name)
        sheet.pair(f"  {line.quantity} X {write(line.unit)}", write(line.amount))
    sheet.rule()
    for tax in sold.taxes:
        sheet.pair("NETO $", write(tax.base))
        sheet.pair(f"IVA {rate(tax.rate)}% $", write(tax.amount))
    sheet.pair("TOTAL $", write(sold.total), scale=1.25, bold=True)
    paid(sheet, sold, chance, change="VUELTO")
    sheet.centre("Timbre Electrónico SII", "Verifique documento: www.sii.cl")
    return sold, sheet


def argentina(chance: random.Random) -> tuple[Bill, Sheet]:
    """CUIT, start of activities with a date of its own, quantity and price before the article."""
    lines = goods.buy(goods.shop("argentine"), chance)
    sold = bill(
        chance, "argentina", country="AR", currency="ARS", merchant=chance.choice(goods.shop("argentine").names),
        tax_id=numbers.cuit(chance), lines=lines, money=EURO,
        number=f"{chance.randint(1, 99):05d}-{chance.randint(1, 999999):08d}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(40)
    head(sheet, sold, goods.place("argentina", chance), f"C.U.I.T. Nro.: {numbers.dashed(sold.tax_id)}")
    sheet.left(f"Inicio de actividades: 01/{chance.randint(1, 12):02d}/{chance.randint(2008, 2019)}")
    sheet.left("IVA RESPONSABLE INSCRIPTO")
    sheet.left(f"TIQUE FACTURA B  Nº {sold.number}")
    sheet.pair(f"Fecha {sold.day:%d/%m/%Y}", f"Hora {sold.clock:%H:%M:%S}")
    sheet.left("A CONSUMIDOR FINAL")
    sheet.rule()
    for line in lines:
        sheet.left(f"{line.quantity:.3f} x {write(line.unit)}".replace(".", ",", 1))
        sheet.pair(f"{line.name} (21,00)", write(line.amount))
    sheet.rule()
    sheet.pair("TOTAL $", write(sold.total), scale=1.25, bold=True)
    for tax in sold.taxes:
        sheet.pair(f"IVA contenido {rate(tax.rate)}%", write(tax.amount))
    paid(sheet, sold, chance, cash="Efectivo", change="Vuelto")
    return sold, sheet


def peru(chance: random.Random) -> tuple[Bill, Sheet]:
    """RUC, electronic boleta, taxed operations and IGV, soles."""
    lines: tuple[Sold, ...] = goods.buy(goods.shop("peruvian"), chance)
    sold = bill(
        chance, "peru", country="PE", currency="PEN", merchant=chance.choice(goods.shop("peruvian").names),
        tax_id=numbers.ruc(chance), lines=lines, money=DOLLAR_LIKE,
        number=f"B{chance.randint(1, 9):03d}-{chance.randint(1, 999999):08d}",
    )  # fmt: skip
    write = sold.money.write
    sheet = Sheet(40)
    head(sheet, sold, goods.place("peru", chance), f"RUC {sold.tax_id}")
    sheet.centre("BOLETA DE VENTA ELECTRÓNICA", sold.number, bold=True)
    sheet.left(f"FECHA EMISION: {sold.day:%d/%m/%Y} {sold.clock:%H:%M:%S}")
    sheet.rule()
    sheet.cells(("CANT DESCRIPCION", 0.0, "left"), ("P.U.", 0.8, "right"), ("TOTAL", 1.0, "right"))
    for line in lines:
        sheet.cells(
            (f"{line.quantity} {line.name}", 0.0, "left"),
            (write(line.unit), 0.8, "right"),
            (write(line.amount), 1.0, "right"),
        )
    sheet.rule()
    for tax in sold.taxes:
        sheet.pair("OP. GRAVADA S/", write(tax.base))
        sheet.pair(f"I.G.V. {rate(tax.rate)}% S/", write(tax.amount))
    sheet.pair("IMPORTE TOTAL S/", write(sold.total), scale=1.15, bold=True)
    paid(sheet, sold, chance, change="VUELTO")
    sheet.centre("Representación impresa de la boleta", "Autorizado por SUNAT")
    return sold, sheet
