"""What another prompt, model, rule set or release would have read from receipts that are stored, without effects."""
