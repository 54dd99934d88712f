"""The shared toolkit of all script tasks (docs/kit.md). Imports nothing: a task pays only for what it uses."""

__version__ = "0.1.0.dev0"
