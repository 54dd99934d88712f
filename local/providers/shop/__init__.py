"""A shop's own API: lists of its customers, products and sales events, by page and by cursor."""
