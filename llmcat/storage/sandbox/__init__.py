"""SQL of others: read-only, with limits of time and memory."""
