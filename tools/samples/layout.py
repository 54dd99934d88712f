"""How a ticket is printed: rows of text in one of several layouts, as the tills of different trades print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tools.samples.ticket import Ticket

WIDTH = 40  # characters of the paper's width


@dataclass(frozen=True)
class Print:
    """One printed row; ``scale`` enlarges it."""

    text: str
    scale: float = 1.0
    bold: bool = False
    centred: bool = False


def lay_out(ticket: Ticket) -> list[Print]:
    """Print a ticket in the layout of its trade."""
    return _LAYOUTS[ticket.kind](ticket)


def money(value: Decimal, *, mexican: bool = False) -> str:
    """An amount as printed: "1.234,56", or "1,234.56" in Mexico."""
    text = f"{value:,.2f}"
    return text if mexican else text.translate(str.maketrans(",.", ".,"))


def columns(left: str, right: str, width: int = WIDTH) -> str:
    """Left and right text on one row."""
    room = width - len(right) - 1
    return f"{left[:room]:<{room}} {right}"


def _head(ticket: Ticket, tax_label: str = "NIF") -> list[Print]:
    """Name, address and tax number, centred."""
    return [
        Print(ticket.merchant, 1.15, bold=True, centred=True),
        Print(ticket.address[0], centred=True),
        Print(ticket.address[1], centred=True),
        Print(f"{tax_label}: {ticket.tax_id}  Tel. {ticket.phone}", centred=True),
        Print(""),
    ]


def _rule() -> Print:
    """A dashed row."""
    return Print("-" * WIDTH)


def _paid(ticket: Ticket) -> list[Print]:
    """The card, or cash and change."""
    mexican = ticket.country == "MX"
    if ticket.paid is None:
        return [Print(columns("TARJETA VISA ****4821", money(ticket.total, mexican=mexican)))]
    return [
        Print(columns("EFECTIVO", money(ticket.paid, mexican=mexican))),
        Print(columns("CAMBIO", money(ticket.paid - ticket.total, mexican=mexican))),
    ]


def _tax_table(ticket: Ticket) -> list[Print]:
    """Rate, base and tax in three columns."""
    rows = [Print(f"{'IVA':<8}{'BASE':>14}{'CUOTA':>16}")]
    return rows + [Print(f"{f'{rate}%':<8}{money(base):>14}{money(tax):>16}") for rate, base, tax in ticket.taxes()]


def _supermarket(ticket: Ticket) -> list[Print]:
    """Quantity, description, unit price for several, amount."""
    rows = [
        *_head(ticket),
        Print(f"FACTURA SIMPLIFICADA: {ticket.number}"),
        Print(f"{ticket.issued_on:%d/%m/%Y} {ticket.issued_time:%H:%M}  CAJA 3  OP: 1174"),
        _rule(),
        Print(columns("Descripción      P. Unit", "Importe")),
    ]
    for item in ticket.items:
        unit = money(item.price) if item.quantity > 1 else ""
        rows.append(Print(columns(f"{item.quantity} {item.name[:22]:<22} {unit:>6}", money(item.amount))))
    rows += [_rule(), Print(columns("TOTAL (€)", money(ticket.total)), 1.0, bold=True), *_paid(ticket), Print("")]
    return [*rows, *_tax_table(ticket), Print(""), Print("SE ADMITEN DEVOLUCIONES CON TICKET", centred=True)]


def _restaurant(ticket: Ticket) -> list[Print]:
    """Table and waiter, lines, base, tax and a large total."""
    rows = [
        *_head(ticket, "CIF"),
        Print(columns(f"Mesa: 12   Fecha: {ticket.issued_on:%d-%m-%Y}", f"{ticket.issued_time:%H:%M}")),
        Print(f"Ticket Nº {ticket.number}   Camarero: Lucía"),
        _rule(),
        Print(columns("Uds Descripción          Precio", "Total")),
    ]
    rows += [
        Print(columns(f"{item.quantity:>2}  {item.name[:20]:<20} {money(item.price):>6}", money(item.amount)))
        for item in ticket.items
    ]
    rows.append(_rule())
    for rate, base, tax in ticket.taxes():
        rows += [Print(columns("Base imponible", money(base))), Print(columns(f"I.V.A. {rate}%", money(tax)))]
    total = Print(columns("TOTAL A PAGAR", f"{money(ticket.total)} €", 30), 1.3, bold=True)
    return [*rows, total, Print(""), *_paid(ticket), Print("IVA INCLUIDO. ¡Gracias por su visita!", centred=True)]


def _fuel(ticket: Ticket) -> list[Print]:
    """Pump and litres, then amounts."""
    rows = [
        *_head(ticket),
        Print(f"Fecha: {ticket.issued_on:%d.%m.%Y}  Hora: {ticket.issued_time:%H:%M:%S}"),
        Print(f"Factura simplificada {ticket.number}"),
        Print("Surtidor: 04", centred=False),
        Print(""),
    ]
    rows += [Print(columns(item.name, f"{money(item.amount)} EUR")) for item in ticket.items]
    rows += [Print(""), Print(columns("IMPORTE TOTAL", f"{money(ticket.total)} EUR"), bold=True)]
    rows += [Print(columns(f"IVA {rate}% s/ {money(base)}", money(tax))) for rate, base, tax in ticket.taxes()]
    return [*rows, *_paid(ticket), Print("Buen viaje", centred=True)]


def _pharmacy(ticket: Ticket) -> list[Print]:
    """Name without a company's form, date written out, tax in a table."""
    rows = [
        *_head(ticket),
        Print(f"{ticket.issued_on.day} de {_MONTHS[ticket.issued_on.month - 1]} de {ticket.issued_on.year}"),
        Print(f"Ticket: {ticket.number}   {ticket.issued_time:%H:%M}"),
        _rule(),
    ]
    for item in ticket.items:
        rows += [Print(item.name), Print(columns(f"   {item.quantity} x {money(item.price)}", money(item.amount)))]
    rows += [_rule(), Print(columns("Total Euros", money(ticket.total)), 1.0, bold=True), *_paid(ticket), Print("")]
    return [*rows, *_tax_table(ticket)]


def _hardware(ticket: Ticket) -> list[Print]:
    """Subtotal without tax, then tax, then total."""
    rows = [
        *_head(ticket, "C.I.F."),
        Print(f"Nº FACTURA: {ticket.number}"),
        Print(f"FECHA: {ticket.issued_on:%d/%m/%y}   HORA: {ticket.issued_time:%H:%M}"),
        _rule(),
        Print(columns("CANT ARTÍCULO", "IMPORTE")),
    ]
    rows += [Print(columns(f"{item.quantity:>3}  {item.name}", money(item.amount))) for item in ticket.items]
    rows.append(_rule())
    for rate, base, tax in ticket.taxes():
        rows += [Print(columns("SUBTOTAL", money(base))), Print(columns(f"IVA ({rate}%)", money(tax)))]
    rows.append(Print(columns("TOTAL EUR", money(ticket.total), 34), 1.15, bold=True))
    return [*rows, *_paid(ticket), Print("Conserve su ticket", centred=True)]


def _convenience(ticket: Ticket) -> list[Print]:
    """A Mexican shop: RFC, folio, decimal point, pesos."""
    rows = [
        *_head(ticket, "RFC"),
        Print(f"FOLIO: {ticket.number}   CAJERO: 02"),
        Print(f"FECHA {ticket.issued_on:%d/%m/%Y}  {ticket.issued_time:%H:%M:%S}"),
        _rule(),
    ]
    rows += [
        Print(columns(f"{item.quantity} {item.name}", f"${money(item.amount, mexican=True)}")) for item in ticket.items
    ]
    rows += [_rule(), Print(columns("TOTAL M.N.", f"${money(ticket.total, mexican=True)}"), bold=True)]
    rows += [Print(columns(f"IVA {rate}%", money(tax, mexican=True))) for rate, _, tax in ticket.taxes() if rate]
    return [*rows, *_paid(ticket), Print("GRACIAS POR SU COMPRA", centred=True)]


_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905 shorter
_LAYOUTS: dict[str, Callable[[Ticket], list[Print]]] = {
    "supermarket": _supermarket,
    "restaurant": _restaurant,
    "fuel": _fuel,
    "pharmacy": _pharmacy,
    "hardware": _hardware,
    "convenience": _convenience,
}
