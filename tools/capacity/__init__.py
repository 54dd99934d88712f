"""How big it must be for a load, and what that costs: docs/scaling.md."""
