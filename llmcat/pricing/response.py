"""The parts of a whole response that its cost depends on: model, provider, usage, time and tier.

ENVELOPES says what stands where, an API, an SDK or a log a row; the first row whose `told_by` are all
there is taken. What a response does not say stays None: Bedrock's Converse and Cohere's chat name no
model, so their caller does.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from llmcat.errors import UsageError
from llmcat.pricing.usage.fields import fields_of, is_unset

Path = str
"""Names from the outside inwards, parted by `>`; several paths, parted by blanks, are tried in turn."""


class Envelope(NamedTuple):
    """Where a response of one kind has its parts: the first in which all of `told_by` are there. `provider`
    with a `=` before it is the provider itself.

    `inside` leads to another response that has them all, such as the one in a stream's last event.
    """

    name: str
    recognized_by: tuple[str, ...]
    usage: Path = ""
    model: Path = ""
    provider: Path = ""
    at: Path = ""
    tier: Path = ""
    inside: Path = ""


class Response(NamedTuple):
    """What was found. `at` is an instant in UTC, `batch` whether it came out of a batch."""

    model: str | None
    provider: str | None
    usage: Any
    at: str | None
    tier: str | None = None
    batch: bool = False


ENVELOPES = (
    # a line of a batch's results
    Envelope("OpenAI batch", ("custom_id", "response"), inside="response>body"),
    Envelope("Anthropic batch", ("custom_id", "result"), inside="result>message"),
    # the last event of a stream, a line of Claude Code's log
    Envelope("Responses event", ("type", "response", "sequence_number"), inside="response"),
    Envelope("Realtime event", ("type", "response", "event_id"), inside="response"),
    Envelope(
        "Claude Code", ("message", "timestamp"), "message>usage", "message>model", "", "timestamp"
    ),
    Envelope("Anthropic message_start", ("type", "message"), inside="message"),
    Envelope("Mistral event", ("data>usage",), inside="data"),
    Envelope("Bedrock ConverseStream", ("metadata>usage", "metadata>metrics"), inside="metadata"),
    # frameworks
    Envelope(
        "LangChain",
        ("response_metadata",),
        "usage_metadata response_metadata>token_usage response_metadata>usage",
        "response_metadata>model_name response_metadata>model response_metadata>model_id",
        "response_metadata>model_provider",
        "response_metadata>created_at response_metadata>created",
        "response_metadata>service_tier",
    ),
    Envelope(
        "pydantic-ai",
        ("model_name", "usage", "parts"),
        "usage",
        "model_name",
        "provider_name",
        "timestamp",
    ),
    Envelope(
        "Vercel AI SDK",
        ("usage", "finishReason"),
        "totalUsage usage",
        "response>modelId",
        "",
        "response>timestamp",
    ),
    Envelope(
        "LiteLLM",
        ("_hidden_params", "usage"),
        "usage",
        "model",
        "_hidden_params>custom_llm_provider",
        "created",
        "service_tier",
    ),
    Envelope("Langfuse", ("usageDetails", "model"), "usageDetails", "model", "", "startTime"),
    Envelope(
        "OpenTelemetry",
        ("gen_ai.request.model",),
        ".",
        "gen_ai.response.model gen_ai.request.model",
        "gen_ai.provider.name gen_ai.system",
    ),
    # APIs that say who they are
    Envelope("xAI SDK", ("usage", "proto>model"), "usage", "proto>model", "=xai", "created"),
    Envelope(
        "OpenRouter", ("provider", "choices", "usage"), "usage", "model", "=openrouter", "created"
    ),
    Envelope(
        "Azure OpenAI",
        ("prompt_filter_results", "usage"),
        "usage",
        "model",
        "=azure",
        "created",
        "service_tier",
    ),
    Envelope("Groq", ("x_groq", "usage"), "usage", "model", "=groq", "created", "service_tier"),
    Envelope(
        "Gemini",
        ("usageMetadata",),
        "usageMetadata",
        "modelVersion",
        "",
        "createTime",
    ),
    Envelope(
        "google-genai",
        ("usage_metadata", "model_version"),
        "usage_metadata",
        "model_version",
        "",
        "create_time",
    ),
    Envelope(
        "Bedrock Converse",
        ("usage", "metrics"),
        "usage",
        "",
        "=amazon-bedrock",
        "ResponseMetadata>HTTPHeaders>date",
        "serviceTier>type",
    ),
    # boto3 hands out the headers, and InvokeModel's body has no usage of one kind
    Envelope(
        "Bedrock InvokeModel",
        ("ResponseMetadata>HTTPHeaders>x-amzn-bedrock-input-token-count",),
        "ResponseMetadata>HTTPHeaders",
        "",
        "=amazon-bedrock",
        "ResponseMetadata>HTTPHeaders>date",
        "serviceTier",
    ),
    Envelope(
        "Bedrock InvokeModel stream",
        ("amazon-bedrock-invocationMetrics",),
        "amazon-bedrock-invocationMetrics",
        "",
        "=amazon-bedrock",
    ),
    Envelope("Bedrock Titan", ("inputTextTokenCount",), ".", "", "=amazon-bedrock"),
    Envelope("Bedrock Llama", ("generation_token_count",), ".", "", "=amazon-bedrock"),
    Envelope("Ollama", ("prompt_eval_count", "model"), ".", "model", "=ollama", "created_at"),
    Envelope("Ollama, cached", ("eval_count", "model"), ".", "model", "=ollama", "created_at"),
    Envelope("Cohere", ("usage>billed_units",), "usage", "", "=cohere"),
    Envelope("Cohere message-end", ("delta>usage>billed_units",), "delta>usage", "", "=cohere"),
    Envelope("Cohere rerank, embed", ("meta>billed_units",), "meta", "", "=cohere"),
    Envelope("Mistral OCR", ("usage_info", "model"), "usage_info", "model", "=mistral"),
    # chat completions and Responses of everybody, Anthropic's messages
    Envelope(
        "any", ("usage",), "usage", "model", "", "created created_at timestamp", "service_tier"
    ),
)

LANGCHAIN_PROVIDERS = {"google_genai": "google", "bedrock": "amazon-bedrock"}


def read_response(response: Any) -> Response | None:
    """The parts of a whole response, a mapping or an SDK's object; None where it is none, such as a
    usage alone."""
    return _read(response, 0)


BEGINNINGS = tuple(
    frozenset(path.partition(">")[0] for path in envelope.recognized_by[0].split())
    for envelope in ENVELOPES
)
"""Envelope by envelope: the names one of which a mapping must have to be in it; most have none."""


def provider_of_answer(keys: Container[str]) -> str | None:
    """The provider whose answers have these keys, where they tell it: OpenRouter names who served it under
    `provider`, and is the one that is paid."""
    for envelope in ENVELOPES:
        if envelope.provider.startswith("=") and all(key in keys for key in envelope.recognized_by):
            return envelope.provider[1:]
    return None


def _read(response: Any, depth: int) -> Response | None:
    envelope = _envelope_of(response)
    if envelope is None:
        return None
    if envelope.inside:
        inner = None if depth > 2 else _read(at_path(response, envelope.inside), depth + 1)
        return inner and inner._replace(batch=inner.batch or envelope.name.endswith("batch"))
    usage = response if envelope.usage == "." else at_path(response, envelope.usage)
    if usage is None:
        return None
    provider = envelope.provider.removeprefix("=") or None
    if provider == envelope.provider:
        provider = _text(at_path(response, envelope.provider))
    return Response(
        _text(at_path(response, envelope.model)),
        provider,
        usage,
        moment(at_path(response, envelope.at)),
        _text(at_path(response, envelope.tier)),
    )


def _envelope_of(response: Any) -> Envelope | None:
    """The first row whose parts are all there."""
    is_mapping = isinstance(response, Mapping)
    for envelope, names in zip(ENVELOPES, BEGINNINGS):
        if is_mapping and names.isdisjoint(response):
            continue
        if all(at_path(response, path) is not None for path in envelope.recognized_by):
            return envelope
    return None


def part(value: Any, name: str) -> Any:
    """What a mapping or an object has under a name; None: nothing."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, (str, bytes, int, float)):
        return None
    found = getattr(value, name, None)
    return None if is_unset(found) else found


def at_path(value: Any, paths: Path) -> Any:
    """What stands at the first of the paths that leads to something; None: nothing does."""
    for path in paths.split():
        found = value
        for name in path.split(">"):
            found = part(found, name)
            if found is None:
                break
        else:
            return found
    return None


def _text(value: Any) -> str | None:
    value = getattr(value, "value", value)  # an enum's
    return value if isinstance(value, str) and value else None


EARLIEST = 1_500_000_000
"""Seconds since 1970 before which no model was called: servers that count none write 0."""
MILLISECONDS = 100_000_000_000


def moment(value: Any) -> str | None:
    """When something was made, as UTC text: from seconds or milliseconds since 1970, ISO 8601, an HTTP
    date or a datetime. None where it is nothing of these."""
    from llmcat.instants import instant

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        import time

        seconds = value / 1000 if value > MILLISECONDS else value
        if not EARLIEST < seconds < MILLISECONDS:
            return None
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    try:
        if hasattr(value, "ToDatetime"):  # protobuf's Timestamp, as xai-sdk hands it out
            value = value.ToDatetime().isoformat() + "Z"
        if isinstance(value, str) and value[:3].isalpha():
            from email.utils import parsedate_to_datetime

            return instant(parsedate_to_datetime(value))
        return instant(value) if value else None
    except (ValueError, TypeError):
        return None


def usage_with_tier(response: Response) -> Any:
    """The usage of a response, with the tier and the batch that stand beside it."""
    beside = {} if response.tier is None else {"service_tier": response.tier}
    if response.batch:
        beside["service_tier"] = "batch"
    return {**fields_of(response.usage), **beside} if beside else response.usage


def whole(response: Any) -> Response:
    """The parts of a whole response that names its model. Raises UsageError for anything else."""
    found = read_response(response)
    if found is None:
        seen = (
            ", ".join(map(repr, response))
            if isinstance(response, Mapping)
            else repr(type(response))
        )
        raise UsageError(
            f"no response of a known shape ({seen[:200]}): pass a whole response with its model and"
            " usage, or cost_of(spec, usage)"
        )
    if found.model is None:
        raise UsageError("the response names no model; name it: cost_of(spec, response)")
    return found
