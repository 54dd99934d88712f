"""Google Sheets, through gspread."""

from adapters.sheets.layout import Row
from adapters.sheets.sheet import Sheet

__all__ = ["Row", "Sheet"]
