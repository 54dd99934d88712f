"""What the check of WhatsApp asks Meta, in the order in which it is asked."""
