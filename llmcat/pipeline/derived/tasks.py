"""What models are called for: what their sources say, or what follows from it without guessing.

A task belongs to the model, whoever serves it: it holds for offers of the same base model, or with an
equal bare id. Nothing is told from what an id looks like.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from llmcat.capabilities import (
    SAID_IN_FACTS,
    TASK_GIVING,
    TASKS,
    implied_by_task,
    task_of_endpoints,
)
from llmcat.pipeline.entries import Facts, Records

NOT_CONVERSING = {
    task.capability: task.name for task in TASKS if task.capability and task.converses is False
}
"""Capability of models that take no conversation -> their task."""


class Evidence(NamedTuple):
    """What a record tells of its task: `named` by the source or its endpoints, else `shown` by what the
    model can do and gives."""

    named: str | None
    shown: str | None


def evidence(facts: Facts) -> Evidence:
    """What one model's own facts tell of its task."""
    endpoints = facts.get("serving", {}).get("endpoints")
    named = facts.get("task")
    if named is None and isinstance(endpoints, list):
        named = task_of_endpoints([path for path in endpoints if isinstance(path, str)])
    return Evidence(named, _shown(facts))


def _shown(facts: Facts) -> str | None:
    """A model that calls functions is called in a conversation; one that gives nothing but images is
    called for images; one that embeds and does not converse is for embeddings."""
    able = facts.get("capabilities", {})
    if _can(able, "function_calling") or _can(able, "chat"):
        return "chat"
    gives = facts.get("modalities", {}).get("output")
    if gives and len(gives) == 1 and (task := TASK_GIVING.get(gives[0])):
        return task
    tasks = {task for capability, task in NOT_CONVERSING.items() if _can(able, capability)}
    return tasks.pop() if len(tasks) == 1 else None


def _can(capabilities: Mapping[str, Facts], name: str) -> bool:
    return capabilities.get(name, {}).get("supported") is True


class KnownTasks:
    """The tasks of base models and of bare ids, where all offers that tell one agree."""

    def __init__(self, records: Records) -> None:
        votes: dict[bool, dict[tuple[str, str], set[str]]] = {
            True: defaultdict(set),
            False: defaultdict(set),
        }
        for merged in records.models.values():
            own = evidence(merged.facts)
            for is_named, task in ((True, own.named), (False, own.shown)):
                if task is not None:
                    for name in names_of(merged.facts):
                        votes[is_named][name].add(task)
        self._agreed = {
            is_named: {name: next(iter(tasks)) for name, tasks in of.items() if len(tasks) == 1}
            for is_named, of in votes.items()
        }

    def task(self, facts: Facts, own: Evidence) -> str | None:
        """The task of a model: what its own source names, then what others name for the same model,
        then what it shows itself, then what others show; `own` is what its facts tell."""
        return own.named or self._of(facts, True) or own.shown or self._of(facts, False)

    def _of(self, facts: Facts, is_named: bool) -> str | None:
        agreed = self._agreed[is_named]
        return next((agreed[name] for name in names_of(facts) if name in agreed), None)


def names_of(facts: Facts) -> list[tuple[str, str]]:
    """The names under which other providers may serve the same model: its base model, its bare id."""
    names = [("id", bare_id(facts["id"]))]
    if base := facts.get("base_model"):
        names.insert(0, ("base_model", base.lower()))
    return names


@functools.lru_cache(maxsize=32_768)
def bare_id(id_: str) -> str:
    """An id without the lab or folder before it, in lower case: `meta-llama/Llama-3` -> `llama-3`."""
    return id_.rpartition("/")[2].lower()


def follows_from_task(facts: Facts) -> dict[str, bool]:
    """Capability -> whether a model has it, as far as its task and facts of other capabilities tell."""
    able = facts.get("capabilities", {})
    follows = implied_by_task(facts.get("task"), _can(able, "function_calling"))
    for (capability, fact), name in SAID_IN_FACTS.items():
        if isinstance(value := able.get(capability, {}).get(fact), bool):
            follows[name] = value
    return {name: can for name, can in follows.items() if "supported" not in able.get(name, ())}
