"""What a replay is refused for."""


class ReplayError(Exception):
    """The message says what is wrong and what to do."""
