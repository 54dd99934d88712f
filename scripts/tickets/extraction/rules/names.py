"""Words that tell a company's name from an address or the other rows in the head of a receipt."""

from tickets.extraction.rules.words import any_of

COMPANY = any_of(
    r"\b(?:sdn\.?\s?bhd|bhd|s/b|pte|plc|ltda?|limited|inc|llc|corp|co|gmbh|lda|sas|sarl|spa|eirl|sapi|cia)\.?(?=\W|$)",
    r"\bs\.?\s?l\.?\s?[uelp]?\.?(?=\W|$)",
    r"\bs\.?\s?a\.?\s?[suc]?\.?(?=\W|$)",
    r"\bs\.?\s?c\.?\s?p?\.?(?=\W|$)|\bs\.?\s?coop\b|\bc\.\s?b\.?(?=\W|$)",
    r"\bs\.?\s?r\.?\s?l\.?(?=\W|$)|\bs\.?\s?de\s?r\.?\s?l|sa de cv|s\.a\. de c\.v",
)
TRADE = any_of(
    "enterprise|trading|marketing|comercial|industri",
    "restaurant|restoran|cafe|bistro|bar\\b|grill|kitchen|taberna|meson|asador|pizzeria",
    "supermerc|hipermer|mercad|market|mart\\b|store|shop|tienda|bazar|kedai|almacen|autoservicio|abarrotes",
    "farmacia|pharmacy|optica|clinic|salon|peluqueria",
    "panaderia|baker|carniceria|pescaderia|fruteria",
    "hardware|ferreteria|electric|motor|gallery|stationery|book|libreria|papeleria",
    "hotel|hostal|gasolinera|estacion|taller|parking|aparcamiento|taxi",
)
ADDRESS = any_of(
    r"^(?:no|lot|lote|unit|level|blk|block|km|cp)\b\.?\s?:?\s?[\d#pf]",
    r"^pt\s?\d",
    r"^(?:c/|calle|avda?|av\.|avenida|plaza|pza|paseo|carretera|ctra|poligono|pol\.|urb|barrio|carrer|col\.|colonia)",
    r"^(?:jalan|jln|jin\b|taman|tmn|kampung|off\b|rua\b|rue\b|ground|floor|blvd|boulevard)",
    r"^\d+\w?\s?[,&-]|^\d+\s+(?:jalan|jln|calle|street)",
    r"\b\d{5}\s?[a-z]|,\s*\d|\bstreet\b|\bjalan\b|\bjln\b|\broad\b|\bfloor\b",
    r"^(?:malaysia|espana|spain|mexico|argentina|chile|colombia|peru|selangor|kuala lumpur|madrid|barcelona)\W*$",
)
# Rows that name somebody or something else, whatever other words they hold.
NOISE = any_of(
    r"ta.?\s?invoice|invoice|^factura|simplificada|^recibo|^receipt|cash receipt|official receipt|boleta|nota de venta",
    r"^tel\b|^tel[.:]|telf|^fax|www\.|http|@|e-?mail",
    r"gst\b|\bn\.?i\.?f\b|\bc\.?i\.?f\b|\brfc\b|\bnit\b|\bruc\b|\bcuit\b|\brut\b",
    r"^\(?(?:company|co|roc|reg|ref|site)\b\.?\s?(?:no|reg|num|:)|registered|formerly|owned by|licensee|bill\s?to",
    r"bienvenid|welcome|gracias|thank|please|goods sold|returnable",
    r"^(?:fecha|date|cashier|cajer|table|mesa|order no|pedido|cliente|customer|copia|copy|original|duplicad|reprint)",
)
# Words that a company's name may hold too; on their own they are no name.
WEAK_NOISE = any_of(
    r"phone|mobile|\.com|ticket|tique|visit|exchange|posted|counter|order\b|open\b|horario|date\b|fecha|copy|customer",
    r"receipt|cliente|table\b|mesa\b|cashier|cajer",
)
