"""Usage of every common shape: what an API, an SDK, a gateway or a log wrote down, read to counts.

    read_usage({"prompt_tokens": 10, "completion_tokens": 5})      # Usage(input_tokens=10, output_tokens=5)

all_shapes.py has the table: a row for each shape, by family openai.py, anthropic.py, google.py,
providers.py, sdks.py and telemetry.py. reading.py reads a usage by its row.
"""

from llmcat.pricing.counts import Usage
from llmcat.pricing.usage.reading import read_usage

__all__ = ["Usage", "read_usage"]
