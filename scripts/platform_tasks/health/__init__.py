"""How the system stands: every part is looked at on a thread of its own, each until its deadline."""
