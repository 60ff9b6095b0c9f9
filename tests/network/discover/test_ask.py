"""Asking endpoints: whatever they answer is one line, costs nobody else, and shows no key."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from llmcat.network.discover.ask import ask_all
from llmcat.network.discover.aws import region_of
from llmcat.network.discover.configured import Endpoint, Secret
from llmcat.network.discover.discovery import specs_of
from llmcat.network.discover.hosted_providers import HOSTED
from llmcat.network.discover.kept_answers import Kept, file_of, read, read_all
from llmcat.network.discover.local_servers import ASK
from tests.network.discover.servers import (
    SECRET,
    Provider,
    Visit,
    cut,
    endpoint,
    hang,
    raw,
    running_provider,
    status,
    trickle,
)

__all__ = ["running_provider"]

GPT = {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "owned_by": "system"}]}


def ask(
    *endpoints: Endpoint, folder: Path, deadline: float = 10.0, max_age: float = 0
) -> list[Kept]:
    return ask_all(endpoints, deadline, max_age, folder)


def test_a_list_is_asked_with_the_key_in_a_header_and_kept(
    provider: Provider, tmp_path: Path
) -> None:
    """The key stands in the header, in no path, and in no file."""
    provider.paths["/models"] = GPT
    [kept] = ask(endpoint(provider), folder=tmp_path)
    assert (kept.error, specs_of(kept)) == (None, ["openai:gpt-4o"])
    [visit] = provider.visits
    assert visit.headers["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in visit.path
    assert not [p for p in tmp_path.rglob("*") if SECRET in p.name or SECRET in p.read_text()]


HOSTILE: dict[str, tuple[Any, str]] = {
    "401": (status(401, b'{"error": "wrong key sk-test-0123456789abcdef"}'), "refuses the key"),
    "403": (status(403), "forbids it to this key"),
    "404": (status(404), "has no such list"),
    "500": (status(500), "status 500"),
    "429 for long": (status(429, retry_after="60"), "asked again in 60 s"),
    "redirect": (status(302, location="http://127.0.0.2:1/models"), "must not see the key"),
    "another port": (status(302, location="http://127.0.0.1:1/models"), "must not see the key"),
    "cut": (cut, "cannot be fetched"),
    "no JSON": (raw(b"<html>"), "does not answer with JSON"),
    "NaN": (raw(b'{"data": [{"id": "x", "n": NaN}]}'), "does not answer with JSON"),
    "hangs": (hang, "did not answer in"),
    "trickles": (trickle, "did not answer in"),
    "a bomb": (raw(b"[" * 100_000), "does not answer with JSON"),
}


def test_each_kind_of_harm_is_one_line_and_costs_nobody_else(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All at once, within the deadline and a second; the one that behaves is heard."""
    caplog.set_level(logging.DEBUG)
    asked = []
    for name, (answer, _) in HOSTILE.items():
        path = name.replace(" ", "-")
        provider.paths[f"/{path}/models"] = answer
        one = endpoint(provider, name=name)
        asked.append(Endpoint(name, "openai", "openai", f"{one.base}/{path}", one.key))
    provider.paths["/models"] = GPT
    started = time.monotonic()
    *bad, good = ask(*asked, endpoint(provider), folder=tmp_path, deadline=3)
    assert time.monotonic() - started < 10
    assert specs_of(good) == ["openai:gpt-4o"]
    for kept, (_, line) in zip(bad, HOSTILE.values()):
        assert kept.error is not None
        assert line in kept.error, kept
        assert "\n" not in kept.error
        assert SECRET not in kept.error
    assert SECRET not in caplog.text
    assert not [p for p in tmp_path.rglob("*.json") if SECRET in p.read_text()]


@pytest.mark.parametrize("harm", HOSTILE)
def test_every_adapter_takes_each_kind_of_harm_in_one_line(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    """Those of local servers, too: whatever is in the registry is asked here."""
    caplog.set_level(logging.DEBUG)
    answer, line = HOSTILE[harm]
    provider.paths["*"] = answer
    never_ends = answer in (hang, trickle)
    asked = [endpoint(provider, kind) for kind in (*HOSTED, *ASK)]
    for kept in ask(*asked, folder=tmp_path, deadline=2 if never_ends else 30):
        assert line in str(kept.error), kept
        assert "\n" not in str(kept.error)
        assert SECRET not in repr(kept)
        assert specs_of(kept) == []
    assert SECRET not in caplog.text


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_no_adapter_takes_more_than_it_may_hold(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coding: str | None
) -> None:
    """Packed or not, an answer ends at its limit."""
    monkeypatch.setattr("llmcat.network.discover.ask.MAX_BYTES", 100_000)
    body = b'{"data": [' + b" " * 200_000 + b"]}"
    more = {"content_encoding": coding} if coding else {}
    provider.paths["*"] = status(200, gzip.compress(body) if coding else body, **more)
    asked = [endpoint(provider, kind) for kind in (*HOSTED, *ASK)]
    for kept in ask(*asked, folder=tmp_path, deadline=30):
        assert "is larger than" in str(kept.error), kept


SHAPES: dict[str, Any] = {
    "an array": [1, None, "x", [GPT]],
    "text": "models",
    "null": None,
    "rows that are none": {"data": [1, None, "x", [], {}, {"id": 5}, {"id": ""}]},
    "data is a table": {"data": {"id": "gpt"}},
}


@pytest.mark.parametrize("kind", [*HOSTED, *ASK])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_json_of_another_shape_has_no_models_and_no_traceback(
    provider: Provider, tmp_path: Path, kind: str, shape: Any
) -> None:
    """Whatever stands there."""
    provider.paths["*"] = shape
    [kept] = ask(endpoint(provider, kind), folder=tmp_path)
    assert specs_of(kept) == []


def test_a_429_is_obeyed_once(provider: Provider, tmp_path: Path) -> None:
    """One retry, after as long as the answer asks for."""
    answers = [status(429, retry_after="1"), raw(json.dumps(GPT).encode())]

    def answer(visit: Visit) -> None:
        answers.pop(0)(visit)

    provider.paths["/models"] = answer
    started = time.monotonic()
    [kept] = ask(endpoint(provider), folder=tmp_path, deadline=4)
    assert time.monotonic() - started >= 1
    assert kept.error is None


def test_pages_are_followed_and_a_circle_is_not(provider: Provider, tmp_path: Path) -> None:
    """Anthropic's pages; the same page again and again is an error."""
    first = {"data": [{"id": "claude-a"}], "has_more": True, "last_id": "claude-a"}
    provider.paths["/models?limit=1000"] = first
    provider.paths["/models?limit=1000&after_id=claude-a"] = {"data": [{"id": "claude-b"}]}
    [kept] = ask(endpoint(provider, "anthropic"), folder=tmp_path)
    assert specs_of(kept) == ["anthropic:claude-a", "anthropic:claude-b"]
    assert provider.visits[0].headers["x-api-key"] == SECRET

    provider.paths["/models?limit=1000&after_id=claude-a"] = first
    [kept] = ask(endpoint(provider, "anthropic"), folder=tmp_path)
    assert "same page" in str(kept.error)
    assert specs_of(kept) == ["anthropic:claude-a", "anthropic:claude-b"]


FULL = {"result": [{"id": "a"}], "result_info": {"page": 1, "per_page": 1}}
PAGES: dict[str, tuple[Any, str]] = {
    "anthropic": (
        {"data": [], "has_more": True, "last_id": "c"},
        "/models?limit=1000&after_id=c",
    ),
    "google": ({"nextPageToken": "a/b"}, "/models?pageSize=1000&pageToken=a%2Fb"),
    "google-vertex": (
        {"nextPageToken": "t"},
        "/publishers/google/models?pageSize=1000&pageToken=t",
    ),
    "openrouter": (
        {"links": {"next": "https://openrouter.ai/api/v1/models?offset=9"}},
        "/models?offset=9",
    ),
    "togetherai": ({"next_cursor": "c"}, "/v2/supported-models?limit=1000&after=c"),
    "fireworks-ai": (
        {"nextPageToken": "t"},
        "/v1/accounts/fireworks/models?pageSize=200&pageToken=t",
    ),
    "cohere": ({"next_page_token": "t"}, "/models?page_size=1000&page_token=t"),
    "cloudflare-workers-ai": (FULL, "/models/search?format=openrouter&page=2"),
    "amazon-bedrock": ({}, "/inference-profiles?maxResults=1000"),
}


@pytest.mark.parametrize("kind", PAGES)
def test_the_page_after_is_asked_for_as_the_sdk_does(
    provider: Provider, tmp_path: Path, kind: str
) -> None:
    """The SDK's own names of cursors."""
    first, following = PAGES[kind]
    provider.paths["*"] = {}
    provider.paths[HOSTED[kind].paths[0]] = first
    [kept] = ask(endpoint(provider, kind), folder=tmp_path)
    assert kept.error is None
    assert following in [visit.path for visit in provider.visits]


BEDROCK = "amazon-bedrock"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def is_signed(visit: Visit) -> bool:
    """Whether AWS's own signer comes to the same signature."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    claimed = dict(re.findall(r"(\w+)=([^, ]+)", visit.headers["Authorization"]))
    key, _, region, service, _ = claimed["Credential"].split("/")
    names = set(claimed["SignedHeaders"].split(";")) - {"host"}
    url = f"http://{visit.headers['Host']}{visit.path}"
    request = AWSRequest("GET", url, {name: visit.headers[name] for name in names})
    request.context["timestamp"] = visit.headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(key, AWS_SECRET), service, region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signature = signer.signature(text, request)
    return (region, signature) == ("eu-west-3", claimed["Signature"])


def test_bedrock_is_asked_with_signatures(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By AWS's rules, of the region that is set, pages too; neither key nor session reaches a file."""
    pytest.importorskip("botocore", reason="needs the extra bedrock")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session/token==")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    nova = {"modelId": "amazon.nova-lite-v1:0", "outputModalities": ["TEXT"]}
    provider.paths["/foundation-models"] = {"modelSummaries": [nova]}
    profiles = "/inference-profiles?maxResults=1000"
    provider.paths[profiles] = {"inferenceProfileSummaries": [], "nextToken": "a+b/c=="}
    provider.paths[f"{profiles}&nextToken=a%2Bb%2Fc%3D%3D"] = {"inferenceProfileSummaries": []}
    [kept] = ask(Endpoint(BEDROCK, BEDROCK, BEDROCK, provider.base, Secret()), folder=tmp_path)
    assert (kept.error, specs_of(kept)) == (None, ["amazon-bedrock:amazon.nova-lite-v1:0"])
    assert [is_signed(visit) for visit in provider.visits] == [True, True, True]
    for path in tmp_path.rglob("*.json"):
        assert not re.search("AKID|session/token|wJal", path.read_text())


def test_the_region_of_a_signature_is_that_of_the_address() -> None:
    """Also of a VPC's own endpoint."""
    places = ("bedrock.us-west-2", "bedrock-fips.us-west-2", "vpce-1-a.bedrock.us-west-2.vpce")
    for place in places:
        assert region_of(f"https://{place}.amazonaws.com/foundation-models") == "us-west-2"


def test_an_answer_is_fresh_for_a_while_then_asked_with_its_etag(
    provider: Provider, tmp_path: Path
) -> None:
    """Within the age nobody is asked; after it "not modified" is an answer, and a failure keeps it."""
    body = json.dumps(GPT).encode()

    def answer(visit: Visit) -> None:
        if visit.headers["If-None-Match"] == '"one"':
            visit.reply(304, b"", etag='"one"')
        else:
            visit.reply(200, body, etag='"one"')

    provider.paths["/models"] = answer
    for age, visits in ((0, 1), (3600, 1), (0, 2)):
        [kept] = ask(endpoint(provider), folder=tmp_path, max_age=age)
        assert (specs_of(kept), len(provider.visits)) == (["openai:gpt-4o"], visits)

    provider.paths["/models"] = status(401)
    [kept] = ask(endpoint(provider), folder=tmp_path)
    assert specs_of(kept) == ["openai:gpt-4o"]
    assert kept.answered_at
    assert "refuses" in str(kept.error)


def test_a_damaged_file_counts_as_none(provider: Provider, tmp_path: Path) -> None:
    """It is asked again, and nothing fails."""
    provider.paths["/models"] = GPT
    one = endpoint(provider)
    for damage in (b"", b"{", b"[]", b"null", b'{"format": 1}', b"\xff\xfe", b'{"answer": 5}'):
        path = file_of(one.name, one.base, tmp_path)
        path.write_bytes(damage)
        assert read(path) is None
        assert read_all(tmp_path) == []
        assert specs_of(ask(one, folder=tmp_path, max_age=3600)[0]) == ["openai:gpt-4o"]


def test_an_endpoint_that_moved_is_kept_once(provider: Provider, tmp_path: Path) -> None:
    """What it answered at its former address is no longer its answer; others stay."""
    provider.paths["/models"] = provider.paths["/eu/models"] = GPT
    one, other = endpoint(provider), endpoint(provider, name="openai-eu")
    ask(one, other, folder=tmp_path)
    moved = Endpoint(one.name, one.provider, one.kind, f"{one.base}/eu", one.key)
    ask(moved, folder=tmp_path)
    assert sorted((k.name, k.endpoint) for k in read_all(tmp_path)) == [
        ("openai", moved.base),
        ("openai-eu", other.base),
    ]


def test_a_server_that_repeats_the_key_does_not_get_it_into_a_file(
    provider: Provider, tmp_path: Path
) -> None:
    """Neither in a text, nor under a name that says what it is."""
    row = {"id": "x", "note": f"you are {SECRET}", "litellm_params": {"api_key": "sk-of-others"}}
    provider.paths["/models"] = {"data": [row]}
    ask(endpoint(provider), folder=tmp_path)
    text = next(tmp_path.glob("*.json")).read_text()
    assert SECRET not in text
    assert "sk-of-others" not in text


@pytest.mark.parametrize("key", ["line\nbreak", "é", "  "])
def test_a_key_that_no_header_can_hold_is_said_without_it(
    provider: Provider, tmp_path: Path, key: str
) -> None:
    """No request is made."""
    [kept] = ask(endpoint(provider, key=key), folder=tmp_path)
    assert "key" in str(kept.error)
    assert key not in str(kept.error) or not key.strip()
    assert provider.visits == []
    assert key not in repr(Secret(key)) or not key.strip()


def test_a_key_command_gives_the_key_or_one_line(provider: Provider, tmp_path: Path) -> None:
    """Its output is the key, its failure an error that shows nothing of it."""
    provider.paths["/models"] = GPT
    command = (sys.executable, "-c", f"print('{SECRET}')")
    one = Endpoint("openai", "openai", "openai", provider.base, Secret(command=command))
    assert ask(one, folder=tmp_path)[0].error is None
    assert provider.visits[0].headers["Authorization"] == f"Bearer {SECRET}"
    for broken, line in (
        (("no-such-program-at-all",), "cannot run"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "status 3"),
        ((sys.executable, "-c", "import time; time.sleep(9)"), "in vain|did not answer"),
    ):
        one = Endpoint("openai", "openai", "openai", provider.base, Secret(command=broken))
        [kept] = ask(one, folder=tmp_path, deadline=1)
        assert any(part in str(kept.error) for part in line.split("|"))


HANGS = """
import asyncio, socket, sys, time
real = socket.getaddrinfo
def slow(host, *rest, **more):
    if str(host).endswith("invalid"):
        time.sleep(60)
    return real(host, *rest, **more)
socket.getaddrinfo = slow
import llmcat
started = time.monotonic()
found = asyncio.run(llmcat.adiscover(deadline=5))
print(time.monotonic() - started, len(found.models), len(found.errors))
"""


def test_hanging_names_hold_neither_the_answer_nor_the_end_of_the_process(
    provider: Provider, tmp_path: Path
) -> None:
    """Twenty endpoints, of which five hang, two of them in the name lookup."""
    provider.paths["*"] = GPT
    provider.paths["/hang/v1/models"] = hang
    lines = ["[discover]", "local = false"]
    for number in range(20):
        url = provider.base
        if number < 2:
            url = f"https://n{number}.invalid"
        elif number < 5:
            url += "/hang"
        lines += [f"[endpoints.e{number}]", f'url = "{url}"']
    (tmp_path / "config.toml").write_text("\n".join(lines))
    env = {**os.environ, "LLMCAT_CONFIG": str(tmp_path), "LLMCAT_DATA": str(tmp_path)}
    env = {name: value for name, value in env.items() if not name.endswith("_KEY")}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, env=env, timeout=50
    )
    gone = time.monotonic() - started
    seconds, models, errors = done.stdout.split()
    assert float(seconds) < 20  # a lookup hangs for 60
    assert (int(models), int(errors)) == (15, 5)
    assert gone - float(seconds) < 20
