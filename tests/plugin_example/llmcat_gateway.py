"""A kind of source for llmcat: the deployments that a gateway lists, one a line.

    chat-large openai:gpt-5.4 0.0025

is the deployment chat-large, which serves gpt-5.4 for 0.0025 USD per 1,000 tokens of prompt.
"""

from llmcat.pipeline.entries import Document, Entry, Reject
from llmcat.pipeline.sources.files import MAX_TEXT, decode, read_bytes, sha256


class GatewaySource:
    """The kind `gateway`."""

    def read(self, location):
        """The file's lines. read_bytes and decode raise SourceError for what cannot be read."""
        content = read_bytes(location, MAX_TEXT)
        yield Document(location.name, decode(location, content).splitlines(), sha256(content))

    def translate(self, document):
        """A model a line; a line of another form is a reject."""
        yield Entry("provider", document.name, {"id": "gateway", "name": "Our gateway"}, None)
        for number, line in enumerate(document.data, start=1):
            place = f"{document.name}:{number}"
            try:
                deployment, spec, price = line.split()
                cost = {"input": float(price) * 1000}
            except ValueError:
                yield Reject("", place, "model", None, "is not `deployment spec price`", line)
                continue
            facts = {"provider": "gateway", "id": deployment, "base_model": spec, "cost": cost}
            yield Entry("model", place, facts, line)
