"""Exports as the programs read them that they are for: genai-prices, LiteLLM and Langfuse, of the extra `interop`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from llmcat import Catalog
from tests.exports.test_exports import GPT, PRICES, exported
from tests.pipeline.building import build_from

pytestmark = pytest.mark.filterwarnings("ignore")
"""What those programs do is theirs."""

CALL: dict[str, Any] = {
    "input_tokens": 300_000,
    "output_tokens": 5_000,
    "cache_read_tokens": 100_000,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of models with a tier, without a price of the cache, and with one of audio."""
    pro = {"input": 30, "output": 180, "tiers": [{"min_context": 272_000, "input": 60}]}
    models = {
        "house": {**GPT, "aliases": []},
        "house-pro": {**GPT, "cost": pro, "aliases": []},
        "gpt-audio": {"cost": {**PRICES, "input_audio": 40}},
    }
    return build_from(tmp_path / "catalog.db", ("mapping", {"openai": {"models": models}}))


class Quiet(SimpleHTTPRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_genai_prices_reckons_as_llmcat(path: Path, web: str) -> None:
    """From the address that UpdatePrices is given, in tiers and without a price of the cache too."""
    genai_prices = pytest.importorskip("genai_prices", reason="needs the extra interop")
    path.with_name("list.json").write_text(exported(path, "genai-prices"))
    at = datetime(2026, 6, 1, tzinfo=timezone.utc)
    with genai_prices.UpdatePrices(url=f"{web}/list.json") as update, Catalog(path) as catalog:
        update.wait()
        for model in catalog.models():
            priced = genai_prices.calc_price(
                genai_prices.Usage(**CALL),
                model.id,
                provider_id="openai",
                genai_request_timestamp=at,
            )
            assert priced.total_price == catalog.cost(model.spec, **CALL).total, model.spec


def test_litellm_reckons_as_llmcat(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By register_model, in the tier too where the cache has no price."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm = pytest.importorskip("litellm", reason="needs the extra interop")
    litellm.register_model(json.loads(exported(path, "litellm")))
    with Catalog(path) as catalog:
        for spec in ("openai:house", "openai:house-pro"):
            parts = litellm.cost_per_token(
                model=spec.partition(":")[2],
                custom_llm_provider="openai",
                prompt_tokens=CALL["input_tokens"],
                completion_tokens=CALL["output_tokens"],
                cache_read_input_tokens=CALL["cache_read_tokens"],
            )
            total = Decimal(str(round(sum(parts), 9)))
            assert total == catalog.cost(spec, **CALL).total, spec


def test_langfuse_takes_the_bodies(path: Path) -> None:
    """Its SDK knows every key of them, and finds all that it demands."""
    pytest.importorskip("langfuse", reason="needs the extra interop")
    from langfuse.api.core.serialization import convert_and_respect_annotation_metadata
    from langfuse.api.models.types.create_model_request import CreateModelRequest

    for body in json.loads(exported(path, "langfuse")):
        names = convert_and_respect_annotation_metadata(
            object_=body, annotation=CreateModelRequest, direction="read"
        )
        request = CreateModelRequest.model_validate(names)
        assert not request.model_extra
        assert all(not tier.model_extra for tier in request.pricing_tiers or [])
        assert [tier.is_default for tier in request.pricing_tiers or []].count(True) == 1
