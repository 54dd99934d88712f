"""OpenAI chat completions: strict schemas checked, answers read from the very image by local OCR."""
