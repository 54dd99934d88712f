"""The console's API for programs: read-only, documented at /api/docs, problems as application/problem+json."""
