"""From the bytes of a picture to a checked receipt: image, OCR, rules, validation, verdict."""
