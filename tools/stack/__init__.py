"""The local stack: Postgres, the Kestra engine and the provider sandbox, on this machine alone."""
