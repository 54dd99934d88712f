"""The page on which a person watches what each provider received."""

from local.providers.page.routes import router

__all__ = ["router"]
