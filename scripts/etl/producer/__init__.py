"""Source data as a shop would have them, made up: the same seed and day give the same rows, byte by byte."""
