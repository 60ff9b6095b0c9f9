"""Price lists, token counts and what a call costs."""
