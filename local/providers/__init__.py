"""The provider sandbox: WhatsApp Cloud, OpenAI, Google Sheets and Slack on one local port.

It speaks the providers' real protocols, so that the adapters differ from production by a base URL only, and it can be
told to misbehave. ``docs/sandbox.md`` lists the routes, the faults and the helpers.
"""
