"""The one exception of this package."""


class BackupError(Exception):
    """Something was refused or failed; the message says what, what is unchanged, and what to do next."""
