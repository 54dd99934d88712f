"""PDF documents for tests, made in memory: invoices by typst, scans by Pillow, and odd or hostile ones by hand."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

import typst
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

INVOICE = """
#set page(paper: "a4")
= Suministros Peñalara, S.L.
CIF B38757910 \\ Calle Mayor 12, 28001 Madrid

Factura n.º F-2026-0412 #h(1fr) Fecha: 04/06/2026

#table(columns: (1fr, auto, auto, auto),
  [Descripción], [Cant.], [Precio], [Importe],
  [Papel A4 80 g], [5], [4,20], [21,00],
  [Tóner negro], [1], [59,90], [59,90])
BREAK
#align(right)[Base imponible 80,90 \\ IVA 21 % 16,99 \\ *TOTAL 97,89 €* \\ Pagado con tarjeta]
"""
TERMS = "#pagebreak()\n= Condiciones generales\n#lorem(300)\n"


def invoice(*, pages: int = 1, terms: bool = False) -> bytes:
    """An invoice of 97.89 EUR with a text layer; on two pages, the total stands on the last."""
    source = INVOICE.replace("BREAK", "#pagebreak()" * (pages - 1)) + (TERMS if terms else "")
    made: bytes = typst.compile(source.encode())
    return made


def scan(*jpegs: bytes) -> bytes:
    """A document of scanned pages, without a text layer."""
    first, *others = [Image.open(io.BytesIO(jpeg)).convert("RGB") for jpeg in jpegs]
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=others, resolution=150)
    return buffer.getvalue()


def document(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A document of these objects, numbered from 1; the first is the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, trailer, len(body))
    return body + head + table + tail


def stream(content: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """A stream object."""
    kept = zlib.compress(content, 9) if packed else content
    filtered = b"/Filter /FlateDecode" if packed else b""
    return b"<< /Length %d %s %s >>\nstream\n%s\nendstream" % (len(kept), filtered, entries, kept)


def page(
    content: bytes,
    *,
    resources: bytes = b"",
    box: bytes = b"0 0 595 842",
    count: int = 1,
    more: Sequence[bytes] = (),
    trailer: bytes = b"",
    entries: bytes = b"",
) -> bytes:
    """A document whose pages (all the same object) draw this content; ``more`` objects are numbered from 6."""
    kids = b" ".join([b"3 0 R"] * min(count, 1000))
    return document(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R %s" % (box, entries)
            + b"/Resources << /Font << /F1 5 0 R >> %s >> >>" % resources,
            stream(content, packed=True),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            *more,
        ],
        trailer,
    )


def lines(*rows: str, size: int = 12, top: int = 780) -> bytes:
    """Content that writes rows of text under each other."""
    shown = b"".join(b"(%s) Tj T* " % row.encode("cp1252") for row in rows)
    return b"BT /F1 %d Tf %d TL 60 %d Td %s ET\n" % (size, size + 4, top, shown)


RECEIPT = (
    "Bar El Puerto, S.L.",
    "CIF B38757910  Paseo Maritimo 4, 11500 Cadiz",
    "Factura simplificada 2026/0187   Fecha 12/05/2026",
    "2 Menu del dia   24,00",
    "Base 21,82  IVA 10 % 2,18",
)
HEAVY_FORMS = 9


def forms_in_forms(depth: int = HEAVY_FORMS, times: int = 12) -> bytes:
    """Forms that draw the next one twelve times each: a few kilobytes, billions of strokes."""
    numbers = range(6, 6 + depth)
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    forms = [
        stream(b"/X Do " * times, entries + b" /Resources << /XObject << /X %d 0 R >> >>" % (number + 1))
        for number in numbers
    ]
    leaf = stream(b"0 0 m 500 800 l S " * 50, entries)
    return page(b"/X Do", resources=b"/XObject << /X 6 0 R >>", more=[*forms, leaf])


def picture_that_claims(side: int) -> bytes:
    """A page with a picture of one bit a pixel that says it is huge."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1" % (
        side,
        side,
    )
    return page(
        b"595 0 0 842 0 0 cm /X Do",
        resources=b"/XObject << /X 6 0 R >>",
        more=[stream(bytes(20_000_000), entries, packed=True)],
    )


def encrypted() -> bytes:
    """A document that needs a password which nobody has."""
    lock = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"61" * 32, b"62" * 32)
    return page(lines("secret"), more=[lock], trailer=b"/Encrypt 6 0 R /ID [<3031> <3031>]")
