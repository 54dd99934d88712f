"""The local stack: engine, provider sandbox and PostgreSQL on one machine."""
