"""Deploy: validate every flow on the server, upload the release's files under its version, create or update the flows."""
