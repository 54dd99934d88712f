"""The whole path on ten webhooks, for somebody who sees the project for the first time."""
