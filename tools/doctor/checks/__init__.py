"""One module a provider: what is looked at, and what each trouble means there."""
