"""Script tasks that look after the platform itself."""
