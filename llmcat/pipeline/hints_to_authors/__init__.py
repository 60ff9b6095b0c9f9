"""What `llmcat validate` says of an overlay."""
