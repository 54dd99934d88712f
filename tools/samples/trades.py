"""What the made-up shops are called and sell: article, lowest and highest price in cents, tax rate in percent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trade:
    """What a kind of shop sells: name, lowest and highest price in cents, tax rate."""

    names: tuple[str, ...]
    articles: tuple[tuple[str, int, int, int], ...]
    lines: tuple[int, int]


TRADES = {
    "supermarket": Trade(
        ("Supermercados La Despensa, S.A.", "Alimentación El Carmen, S.L.", "Mercado Peñalara, S. Coop."),
        (
            ("LECHE ENTERA 1L", 89, 135, 4),
            ("PAN DE MOLDE", 110, 219, 4),
            ("ACEITE OLIVA VIRGEN", 489, 995, 4),
            ("JAMÓN SERRANO LONCHAS", 219, 450, 10),
            ("CAFÉ MOLIDO 250G", 265, 420, 10),
            ("DETERGENTE LÍQUIDO", 399, 799, 21),
            ("PLÁTANO DE CANARIAS", 120, 310, 4),
            ("YOGUR NATURAL X4", 99, 189, 10),
            ("PAPEL COCINA", 175, 329, 21),
            ("CERVEZA LATA 33CL", 45, 99, 21),
            ("QUESO MANCHEGO", 375, 890, 4),
            ("ATÚN CLARO PACK 3", 210, 415, 10),
        ),
        (4, 11),
    ),
    "restaurant": Trade(
        ("Restaurante Casa Ramón, S.L.", "Taberna del Muelle, S.L.", "Asador Los Álamos, C.B."),
        (
            ("Menú del día", 1250, 1690, 10),
            ("Caña", 180, 260, 10),
            ("Tortilla española", 650, 980, 10),
            ("Café con leche", 150, 220, 10),
            ("Agua mineral", 150, 250, 10),
            ("Pulpo a la gallega", 1690, 2290, 10),
            ("Tarta de queso", 450, 650, 10),
            ("Copa Rioja crianza", 290, 420, 10),
        ),
        (3, 7),
    ),
    "fuel": Trade(
        ("Estación de Servicio La Muela, S.L.", "Carburantes Sierra Norte, S.A."),
        (
            ("GASOLINA 95", 2000, 7500, 21),
            ("DIÉSEL A", 2500, 9000, 21),
            ("LAVADO COCHE", 400, 900, 21),
            ("AGUA 1,5L", 110, 180, 10),
        ),
        (1, 2),
    ),
    "pharmacy": Trade(
        ("Farmacia Núñez Ibáñez", "Farmacia Ldo. Muñoz Peña"),
        (
            ("IBUPROFENO 600MG 40C", 197, 250, 4),
            ("PARACETAMOL 1G", 150, 310, 4),
            ("CREMA SOLAR SPF50", 1190, 2150, 21),
            ("TIRITAS SURTIDAS", 245, 430, 10),
            ("SUERO FISIOLÓGICO", 290, 520, 10),
        ),
        (2, 4),
    ),
    "hardware": Trade(
        ("Ferretería Hermanos Gómez, S.L.", "Suministros Ibarra, S.L.U."),
        (
            ("TORNILLO 4X40 CAJA", 320, 560, 21),
            ("BROCA WIDIA 8MM", 295, 610, 21),
            ("SILICONA BLANCA", 345, 690, 21),
            ("CINTA AISLANTE", 115, 220, 21),
            ("BOMBILLA LED 9W", 250, 480, 21),
            ("GUANTES NITRILO", 190, 390, 21),
        ),
        (2, 6),
    ),
    "convenience": Trade(
        ("Abarrotes Doña Lupita, S.A. de C.V.", "Tiendas El Sol del Bajío, S.A. de C.V."),
        (
            ("REFRESCO COLA 600ML", 1600, 2100, 16),
            ("PAN DULCE", 900, 1700, 0),
            ("AGUA PURIFICADA 1L", 1100, 1600, 0),
            ("DETERGENTE 850G", 3400, 5200, 16),
            ("FRITURAS 120G", 1700, 2500, 16),
            ("CAFÉ AMERICANO", 2200, 3100, 16),
        ),
        (2, 6),
    ),
}
