"""ManyChat: the public API of a page, and the External Requests that its flows send."""
