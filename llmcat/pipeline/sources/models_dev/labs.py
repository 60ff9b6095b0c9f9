"""The labs' half of catalog.json: the facts of a model itself, whoever serves it.

An offer speaks first; where it is silent, the model's own record does, table by table. So what a lab
says lands on every offer of its model, known facts as facts, keys of tomorrow in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from llmcat.pipeline.entries import BadRecord, Facts
from llmcat.pipeline.sources.models_dev.translate import translate_model
from llmcat.pipeline.stages.normalize import normalize_model
from llmcat.pipeline.stages.validate import Fault, valid_facts
from llmcat.pipeline.storable_values import FieldPath

OF_ONE_OFFER = ("base_model", "cost", "experimental", "provider", "status")
"""Keys that hold for the lab's own offer alone: another provider's price is not guessed from them. They
are kept in `extra`."""


class Labs:
    """The models of the labs by `lab/model`, and those of them that can be taken."""

    def __init__(self, records: Mapping[str, Any]) -> None:
        self._records = records
        self._bad = {
            key: "is no object" for key, record in records.items() if not isinstance(record, dict)
        }

    def model_of(self, offer: Any, usual: str) -> str | None:
        """The key of the model that an offer serves: the one it names, else `usual`."""
        key = usual
        if isinstance(offer, dict):
            key = offer.get("canonical_model_id") or offer.get("base_model") or usual
        return key if isinstance(key, str) and key in self._records else None

    def translate(self, key: str, offer: dict[str, Any]) -> Facts:
        """The facts of an offer of the model `key`, with what its lab says beneath."""
        record = {} if key in self._bad else self._records[key]
        facts = translate_model(_beneath(_of_the_model(record), offer))
        if kept := {name: record[name] for name in OF_ONE_OFFER if name in record}:
            facts["extra"] = _beneath(kept, facts.get("extra", {}))
        return {**facts, "base_model": key}

    def rejects(self, served: Iterable[str]) -> Iterator[tuple[str, Any, str]]:
        """Key, record and reason of what could not be taken, or is not among the `served`."""
        on_offer = set(served)
        for key in sorted(self._records):
            if reason := self._bad.get(key):
                yield key, self._records[key], reason
            elif key not in on_offer:
                yield key, self._records[key], "no provider serves this model"

    def overridden_faults(
        self, offers: Mapping[str, Sequence[dict[str, Any]]]
    ) -> Iterator[tuple[str, Fault]]:
        """What of the labs' records cannot be taken, and shows in no offer, since all of them say it
        themselves. `offers` has by `lab/model` the records of those that serve it."""
        for key, served in offers.items():
            if key in self._bad:
                continue
            own = translate_model(_of_the_model(self._records[key]))
            try:
                _, faults = valid_facts("model", _identified(key, own))
            except BadRecord:  # then no offer can be taken, which says so
                continue
            for fault in faults:
                if all(_says(translate_model(offer), fault.path) for offer in served):
                    yield key, fault


def _identified(key: str, facts: Facts) -> Facts:
    """The facts of a lab's model as a record of its own."""
    return normalize_model({**facts, "provider": key.partition("/")[0], "id": key}, str)


def _says(facts: Any, path: FieldPath) -> bool:
    """Whether something stands at the path, or in the place of a table on the way."""
    for part in path:
        if not isinstance(facts, dict):
            return facts is not None
        facts = facts.get(part)
    return facts is not None


def _of_the_model(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in OF_ONE_OFFER}


def _beneath(base: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """`table` with what `base` says where it is silent; tables go deep, null is silence."""
    result = dict(base)
    for key, value in table.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = _beneath(below, value)
        elif value is not None or key not in base:
            result[key] = value
    return result
