"""The web console: review pages behind signed links, tickets and their certificates behind a password."""
