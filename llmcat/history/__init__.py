"""What was true at an instant, and what changed when."""
