"""Google Sheets, through gspread."""

from adapters.sheets.layout import Row
from adapters.sheets.sheet import Sheet
from adapters.sheets.snapshot import Snapshot

__all__ = ["Row", "Sheet", "Snapshot"]
