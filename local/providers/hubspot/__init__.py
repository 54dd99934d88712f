"""HubSpot: contacts, their properties, search, batches, limits, and signed webhooks."""
