"""Local models that the catalogue does not know: `from llmcat.local import fallback`."""

from llmcat.lookup.fallback import fallback, is_fallback

__all__ = ["fallback", "is_fallback"]
