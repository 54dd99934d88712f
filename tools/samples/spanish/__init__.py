"""The project's own set of Spanish and Latin American receipts: many layouts, as phones photograph them."""
