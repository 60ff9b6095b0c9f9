"""What models.dev published otherwise from an instant on becomes a step in llmcat's words."""

from __future__ import annotations

from llmcat.pipeline.entries import Document, Entry, Key, Reject, Step
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep
from llmcat.pipeline.sources.models_dev.translate import model_entry, provider_entry


def to_step(step: PublishedStep, known: bool) -> Step:
    """The records as entries, with the files that broke or were mended; `known` is what is recorded."""
    entries: list[Entry] = []
    gone: list[Key] = []
    rejects = [
        Reject("", f"{step.revision}: {path}", "file", spec, reason, None)
        for path, spec, reason in step.broken
        if reason is not None
    ]
    for id_, provider in step.providers.items():
        if provider is None:
            gone.append(id_)
        else:
            entries.append(provider_entry(f"{step.revision}: {id_}", id_, provider))
    for (of, id_), model in step.models.items():
        if model is None:
            gone.append((of, id_))
            continue
        entry = model_entry(f"{step.revision}: {of}:{id_}", of, id_, model)
        (entries if isinstance(entry, Entry) else rejects).append(entry)  # type: ignore[arg-type]
    return Step(
        step.at,
        step.revision,
        entries,
        gone,
        rejects,
        mended=[path for path, _, _ in step.broken],
        known=known,
        document=Document(step.revision, None, step.revision, step.at, licence="MIT"),
    )
