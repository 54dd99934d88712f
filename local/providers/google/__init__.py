"""Google: the token endpoint, Sheets v4 and the Drive calls that gspread makes."""
