"""One adapter a provider: the only code that speaks a provider's protocol.

Every adapter stands on ``kit.http``, raises only the errors of ``kit.errors`` and holds no text for end users.
"""
