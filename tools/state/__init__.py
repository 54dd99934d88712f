"""What the parts of the project share, for people: breakers, limits, claims, KV keys and dead letters."""
