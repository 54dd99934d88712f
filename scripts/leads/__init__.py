"""Leads: people who talk to a ManyChat bot become HubSpot contacts, and both sides stay equal."""
