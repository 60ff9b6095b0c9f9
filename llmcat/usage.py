"""Token counts read from what an API answered: `from llmcat.usage import read_usage`."""

from llmcat.pricing.usage import Usage, read_usage

__all__ = ["Usage", "read_usage"]
