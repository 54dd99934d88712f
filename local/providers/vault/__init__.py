"""Vault: AppRole login, the KV engine version 2, health; what is kept in memory only and shown nowhere."""
