"""Names of the files that the tasks of a receipt leave for each other and for Kestra's storage."""

IMAGE = "image.jpg"
MARKDOWN = "ticket.md"
PDF = "ticket.pdf"
