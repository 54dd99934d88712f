"""Known vulnerabilities of the locked packages: pip-audit, whose silence is not taken for an answer."""
