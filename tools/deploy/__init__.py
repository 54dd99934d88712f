"""Deploy: validate every flow on the server, upload the release's files under its version, put the flows."""
