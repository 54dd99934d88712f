"""Receipts: from a WhatsApp message to a checked sheet row, a document, a card and an answer."""
