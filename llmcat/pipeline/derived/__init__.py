"""What follows from facts without guessing: billing, task, quality tier, a provider's defaults."""
