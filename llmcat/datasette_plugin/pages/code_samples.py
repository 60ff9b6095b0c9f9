"""Lines of code that call a model, by its kind: an embedding is no chat. What a source wrote, such as an id
or an address, stands in them quoted as the language wants it."""

from __future__ import annotations

import json
import shlex
from typing import Any, NamedTuple

from llmcat.exports.litellm import KNOWN, PROVIDERS

ASK, TEXT, PICTURE = "Say hello.", "A text to look up.", "A cat on a catalogue."


class Call(NamedTuple):
    """What is called: the kind of the model, its id, the environment variable with the key, the npm package,
    the address and whether the clients know it by themselves."""

    kind: str
    model: str
    provider: str
    key: str
    npm: str
    base: str
    knows_address: bool


class Sample(NamedTuple):
    """Code in a language, and what to install before."""

    language: str
    install: str
    code: str


PYTHON = {
    ("openai", "chat"): """\
response = client.chat.completions.create(
    model=%(model)s,
    messages=[{"role": "user", "content": %(ask)s}],
)
print(response.choices[0].message.content)""",
    ("openai", "completion"): """\
response = client.completions.create(model=%(model)s, prompt=%(ask)s)
print(response.choices[0].text)""",
    ("openai", "embedding"): """\
response = client.embeddings.create(model=%(model)s, input=[%(text)s])
print(len(response.data[0].embedding))""",
    ("openai", "image"): """\
response = client.images.generate(model=%(model)s, prompt=%(picture)s)
print(response.data[0].url or len(response.data[0].b64_json))""",
    ("openai", "speech"): """\
with client.audio.speech.with_streaming_response.create(
    model=%(model)s, voice="alloy", input=%(ask)s
) as response:
    response.stream_to_file("speech.mp3")""",
    ("openai", "transcription"): """\
with open("speech.mp3", "rb") as audio:
    response = client.audio.transcriptions.create(model=%(model)s, file=audio)
print(response.text)""",
    ("openai", "moderation"): """\
response = client.moderations.create(model=%(model)s, input=%(text)s)
print(response.results[0].flagged)""",
    ("anthropic", "chat"): """\
response = client.messages.create(
    model=%(model)s,
    max_tokens=1024,
    messages=[{"role": "user", "content": %(ask)s}],
)
print(response.content[0].text)""",
    ("google", "chat"): """\
response = client.models.generate_content(model=%(model)s, contents=%(ask)s)
print(response.text)""",
    ("google", "embedding"): """\
response = client.models.embed_content(model=%(model)s, contents=%(text)s)
print(len(response.embeddings[0].values))""",
}
CLIENTS = {
    "openai": ("openai", "from openai import OpenAI\n\nclient = OpenAI(%s)"),
    "anthropic": ("anthropic", "from anthropic import Anthropic\n\nclient = Anthropic(%s)"),
    "google": ("google-genai", "from google import genai\n\nclient = genai.Client(%s)"),
}
"""Language -> the package to install, and how its client is made."""


def python(call: Call, language: str) -> Sample | None:
    """Python with the client of the language that the address speaks; None where it has no such call."""
    code = PYTHON.get((language, call.kind))
    if code is None:
        return None
    package, begin = CLIENTS[language]
    arguments = [f"api_key=os.environ[{call.key!r}]"]
    if not call.knows_address:
        base = call.base.removesuffix("/v1") if language == "anthropic" else call.base
        arguments.insert(0, f"base_url={json.dumps(base)}")
        if language == "google":
            arguments[0] = 'http_options={"base_url": ' + json.dumps(base) + "}"
    written = ", ".join(arguments)
    if len(written) > 70:
        written = "".join(f"\n    {argument}," for argument in arguments) + "\n"
    body = code % _quoted(call)
    return Sample("Python", f"pip install {package}", f"import os\n{begin % written}\n{body}")


BODIES: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("openai", "chat"): ("/chat/completions", {"messages": [{"role": "user", "content": ASK}]}),
    ("openai", "completion"): ("/completions", {"prompt": ASK}),
    ("openai", "embedding"): ("/embeddings", {"input": [TEXT]}),
    ("openai", "image"): ("/images/generations", {"prompt": PICTURE}),
    ("openai", "speech"): ("/audio/speech", {"voice": "alloy", "input": ASK}),
    ("openai", "moderation"): ("/moderations", {"input": TEXT}),
    ("anthropic", "chat"): (
        "/messages",
        {"max_tokens": 1024, "messages": [{"role": "user", "content": ASK}]},
    ),
    ("google", "chat"): (":generateContent", {"contents": [{"parts": [{"text": ASK}]}]}),
    ("google", "embedding"): (":embedContent", {"content": {"parts": [{"text": TEXT}]}}),
}
"""Language and kind -> the path behind the address, and what is sent beside the model."""

KEY_HEADERS = {
    "openai": '-H "Authorization: Bearer $%s"',
    "anthropic": '-H "x-api-key: $%s" -H "anthropic-version: 2023-06-01"',
    "google": '-H "x-goog-api-key: $%s"',
}


def curl(call: Call, language: str) -> Sample | None:
    """A command of curl; None where the language has no such call."""
    header = KEY_HEADERS[language] % call.key
    if (language, call.kind) == ("openai", "transcription"):
        form = shlex.quote(f"model={call.model}")
        address = shlex.quote(f"{call.base}/audio/transcriptions")
        return Sample(
            "curl", "", f"curl {address} \\\n  {header} \\\n  -F {form} -F file=@speech.mp3"
        )
    if (language, call.kind) not in BODIES:
        return None
    path, body = BODIES[language, call.kind]
    if language == "google":
        path = f"/models/{call.model}{path}"
    else:
        body = {"model": call.model, **body}
    lines = [
        f"curl {shlex.quote(call.base + path)}",
        header,
        '-H "Content-Type: application/json"',
        f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}",
        *(["--output speech.mp3"] if call.kind == "speech" else []),
    ]
    return Sample("curl", "", " \\\n  ".join(lines))


AI_SDK = {
    "chat": ("generateText", "%(of)s(%(model)s)", "prompt: %(ask)s", "text"),
    "embedding": ("embed", "%(of)s.textEmbeddingModel(%(model)s)", "value: %(text)s", "embedding"),
    "image": (
        *("experimental_generateImage", "%(of)s.imageModel(%(model)s)", "prompt: %(picture)s"),
        "image",
    ),
    "speech": ("experimental_generateSpeech", "%(of)s.speech(%(model)s)", "text: %(ask)s", "audio"),
    "transcription": (
        *("experimental_transcribe", "%(of)s.transcription(%(model)s)"),
        *("audio: await readFile('speech.mp3')", "text"),
    ),
}
"""Kind -> the function of the AI SDK, the model, what it is given, what it gives."""

AI_SDK_NAMES = {
    **{
        f"@ai-sdk/{name}": name
        for name in (
            *("openai", "anthropic", "google", "mistral", "groq", "xai", "deepinfra", "cohere"),
            *("cerebras", "perplexity", "togetherai", "azure", "vercel", "gateway"),
        )
    },
    "@ai-sdk/amazon-bedrock": "bedrock",
    "@ai-sdk/google-vertex": "vertex",
    "@openrouter/ai-sdk-provider": "openrouter",
}
"""Package -> the name that it exports; it finds its key and address in the environment."""

COMPATIBLE = "@ai-sdk/openai-compatible"


def ai_sdk(call: Call) -> Sample | None:
    """TypeScript with Vercel's AI SDK; None for packages whose names are not known."""
    if call.kind not in AI_SDK:
        return None
    function, model, given, result = AI_SDK[call.kind]
    own = AI_SDK_NAMES.get(call.npm)
    if own and (call.knows_address or call.npm not in ("@ai-sdk/openai", "@ai-sdk/anthropic")):
        begin, of = f"import {{ {own} }} from '{call.npm}';", own
    elif call.npm == COMPATIBLE and call.base and call.kind in ("chat", "embedding", "image"):
        begin = (
            f"import {{ createOpenAICompatible }} from '{COMPATIBLE}';\n\n"
            f"const provider = createOpenAICompatible({{\n  name: {json.dumps(call.provider)},\n"
            f"  baseURL: {json.dumps(call.base)},\n  apiKey: process.env.{call.key},\n}});"
        )
        of = "provider"
    else:
        return None
    read = "import { readFile } from 'node:fs/promises';\n" if "readFile" in given else ""
    values = {**_quoted(call), "of": of}
    code = (
        f"{read}import {{ {function} }} from 'ai';\n{begin}\n\n"
        f"const {{ {result} }} = await {function}({{\n  model: {model % values},\n"
        f"  {given % values},\n}});\nconsole.log({result});"
    )
    return Sample("AI SDK", f"npm install ai {call.npm}", code)


LITELLM = {
    "chat": ("completion", 'messages=[{"role": "user", "content": %(ask)s}]'),
    "completion": ("text_completion", "prompt=%(ask)s"),
    "embedding": ("embedding", "input=[%(text)s]"),
    "image": ("image_generation", "prompt=%(picture)s"),
    "speech": ("speech", 'voice="alloy", input=%(ask)s'),
    "transcription": ("transcription", 'file=open("speech.mp3", "rb")'),
    "rerank": ("rerank", 'query=%(ask)s, documents=[%(text)s, "Hello."]'),
    "moderation": ("moderation", "input=%(text)s"),
}
"""Kind -> the function of LiteLLM, and what it is given beside the model."""


def litellm(call: Call) -> Sample | None:
    """Python with LiteLLM, which knows many providers, and all that speak OpenAI's language."""
    if call.kind not in LITELLM:
        return None
    function, given = LITELLM[call.kind]
    if call.provider in KNOWN:
        prefix = PROVIDERS.get(call.provider, call.provider.replace("-", "_"))
        prefix = "cohere" if prefix == "cohere_chat" and call.kind != "chat" else prefix
        arguments = [f"model={json.dumps(f'{prefix}/{call.model}')}"]
    elif call.npm == COMPATIBLE and call.base and call.kind != "rerank":
        arguments = [
            f"model={json.dumps(f'openai/{call.model}')}",
            f"api_base={json.dumps(call.base)}",
            f'api_key=os.environ["{call.key}"]',
        ]
    else:
        return None
    arguments.append(given % _quoted(call))
    begin = "import os\n" if len(arguments) > 2 else ""
    written = "".join(f"    {argument},\n" for argument in arguments)
    code = f"{begin}import litellm\n\nresponse = litellm.{function}(\n{written})\nprint(response)"
    return Sample("LiteLLM", "pip install litellm", code)


def _quoted(call: Call) -> dict[str, str]:
    """What the templates name, as texts of Python and TypeScript alike."""
    values = {"model": call.model, "ask": ASK, "text": TEXT, "picture": PICTURE}
    return {name: json.dumps(value) for name, value in values.items()}
