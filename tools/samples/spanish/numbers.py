"""Tax numbers of made-up companies, with control characters that hold, by country."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _digits(chance: random.Random, count: int) -> str:
    """Digits, the first not zero."""
    return str(chance.randint(10 ** (count - 1), 10**count - 1))


def company(chance: random.Random, form: str = "B") -> str:
    """Spain: a company's NIF; ``form`` is A for S.A., B for S.L., F for cooperatives."""
    from stdnum.es import cif

    body = f"{form}{chance.randint(10, 52):02d}{_digits(chance, 5)}"
    return f"{body}{cif.calc_check_digits(body)[0]}"


def person(chance: random.Random) -> str:
    """Spain: a person's NIF."""
    number = _digits(chance, 8)
    return number + _DNI_LETTERS[int(number) % 23]


def rfc(chance: random.Random) -> str:
    """Mexico: a company's RFC."""
    from stdnum.mx import rfc as check

    initials = "".join(chance.choice("ABCDEGHJLMNPRSTV") for _ in range(3))
    founded = f"{chance.randint(1, 22):02d}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body = f"{initials}{founded}{chance.choice('ABCD123')}{chance.choice('XYZ789')}"
    return body + str(check.calc_check_digit(body))


def nit(chance: random.Random) -> str:
    """Colombia: a company's NIT with its check digit."""
    from stdnum.co import nit as check

    body = f"{chance.choice(('800', '830', '860', '890', '900', '901'))}{chance.randint(0, 999999):06d}"
    return body + str(check.calc_check_digit(body))


def rut(chance: random.Random) -> str:
    """Chile: a company's RUT."""
    from stdnum.cl import rut as check

    body = f"{chance.choice(('76', '77', '78', '96'))}{chance.randint(0, 999999):06d}"
    return body + str(check.calc_check_digit(body))


def cuit(chance: random.Random) -> str:
    """Argentina: a company's CUIT."""
    from stdnum.ar import cuit as check

    body = f"{chance.choice(('30', '33'))}{_digits(chance, 8)}"
    return body + str(check.calc_check_digit(body))


def ruc(chance: random.Random) -> str:
    """Peru: a company's RUC."""
    from stdnum.pe import ruc as check

    body = f"20{_digits(chance, 8)}"
    return body + str(check.calc_check_digit(body))


def dotted(number: str, *, dash: bool = True) -> str:
    """A NIT or RUT as printed: "900.123.456-7"."""
    body, check = number[:-1], number[-1]
    return f"{int(body):,}".replace(",", ".") + ("-" if dash else "") + check


def dashed(number: str) -> str:
    """A CUIT as printed: "30-12345678-9"."""
    return f"{number[:2]}-{number[2:-1]}-{number[-1]}"
