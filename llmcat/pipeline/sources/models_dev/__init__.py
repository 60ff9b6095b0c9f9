"""models.dev: its api.json, its models.json, its git history."""
