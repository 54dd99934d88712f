"""The shared toolkit of all script tasks (docs/kit.md). Imports nothing: a task pays only for what it uses."""

import os

__version__ = "0.1.0.dev0"

# Looking for pydantic's plugins reads the metadata of every installed package: a sixth of a task's start, for none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
