"""WhatsApp Cloud API (Meta Graph): media, messages, and the webhooks that Meta sends."""
