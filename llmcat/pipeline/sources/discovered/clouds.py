"""The lists of clouds: Azure, Bedrock. What they list, and what they let one call, differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmcat.pipeline.entries import BadRecord, Facts
from llmcat.pipeline.sources.discovered.found import Found, id_of, sparse
from llmcat.pipeline.sources.discovered.scalars import day, table, tokens, words
from llmcat.pipeline.sources.discovered.vendors import each

AZURE = {
    "chatCompletion": "chat",
    "chat_completion": "chat",
    "embeddings": "embeddings",
    "imageGenerations": "image_generation",
    "jsonSchemaResponse": "structured_outputs",
    "fine_tune": "fine_tuning",
}
TRUE = {"true": True, "false": False, True: True, False: False}
AZURE_STATUS = {"preview": "beta", "deprecating": "deprecated", "deprecated": "retired"}
"""`Deprecated` is Azure's word for what no call reaches any more."""

BEDROCK_STATUS = {"ACTIVE": "active", "LEGACY": "deprecated"}
REGIONS = ("us.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "us-gov.")


def azure(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
    """Models that a resource could deploy, and deployments: these are what a call names."""
    for row in each({"models": answer.get("/models")}, "data"):
        try:
            yield _azure_model(row, id_of(row, "id"))
        except BadRecord as bad:
            yield bad
    for row in each({"models": answer.get("models")}, "value"):  # the management API's catalogue
        model = table(table(row).get("model"))
        try:
            yield _azure_model(model, id_of(model, "name"))
        except BadRecord as bad:
            yield bad
    for row in each({"deployments": answer.get("/deployments")}, "data"):
        try:
            deployment, served_model = id_of(row, "id"), id_of(row, "model")
        except BadRecord as bad:
            yield bad
            continue
        served = row.get("status") in (None, "succeeded")
        aliases = [deployment] if deployment != served_model else []
        yield Found(sparse(id=served_model, aliases=aliases), row, callable=served)


def _azure_model(row: Any, id_: str) -> Found:
    claimed = table(row.get("capabilities"))
    able: Facts = {
        capability: TRUE[claimed[key]]
        for key, capability in AZURE.items()
        if isinstance(claimed.get(key), (str, bool)) and claimed[key] in TRUE
    }
    end = table(row.get("deprecation"))
    status = str(row.get("lifecycleStatus") or row.get("lifecycle_status") or "").lower()
    return Found(
        sparse(
            id=id_,
            limit=sparse(
                context=tokens(claimed.get("maxContextToken"), "maxContextToken"),
                output=tokens(claimed.get("maxOutputToken"), "maxOutputToken"),
            ),
            capabilities=able,
            retires_on=day(end.get("inference")),
            status=AZURE_STATUS.get(status),
            replacement=table(row.get("replacementConfig")).get("targetModelName"),
        ),
        row,
    )


def bedrock(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
    """Foundation models, and the inference profiles through which many alone can be called."""
    profiles: dict[str, list[str]] = {}
    for row in each({"": answer.get("/inference-profiles")}, "inferenceProfileSummaries"):
        id_ = table(row).get("inferenceProfileId")
        if isinstance(id_, str) and id_.startswith(REGIONS):
            profiles.setdefault(id_.partition(".")[2], []).append(id_)
    for row in each({"": answer.get("/foundation-models")}, "modelSummaries"):
        try:
            id_ = id_of(row, "modelId")
        except BadRecord as bad:
            yield bad
            continue
        cycle = table(row.get("modelLifecycle"))
        able = sparse(streaming=row.get("responseStreamingSupported"))
        sides = {
            side: [word.lower() for word in words(row.get(f"{side}Modalities"))]
            for side in ("input", "output")
        }
        on_demand = "ON_DEMAND" in words(row.get("inferenceTypesSupported"))
        served = None if on_demand or "inferenceTypesSupported" not in row else False
        facts = sparse(
            id=id_,
            name=row.get("modelName"),
            status=BEDROCK_STATUS.get(str(cycle.get("status"))),
            deprecated_on=day(cycle.get("legacyTime")),
            retires_on=day(cycle.get("endOfLifeTime")),
            modalities=sparse(**sides),
            capabilities={k: v for k, v in able.items() if isinstance(v, bool)},
        )
        yield Found(facts, row, callable=None if id_ in profiles else served)
        for profile in profiles.get(id_, ()):
            yield Found({**facts, "id": profile}, row)
