"""From commit to commit along the published line: what changed in what models.dev published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from llmcat.errors import SourceError
from llmcat.pipeline.upstream_git.git import Git
from llmcat.pipeline.upstream_git.line import Commit, published_line
from llmcat.pipeline.upstream_git.state import State, model_of, provider_of
from llmcat.pipeline.upstream_git.tree import Change, Contents, blobs_of, changes_of

Providers = dict[str, Any]


class Step(NamedTuple):
    """What one published commit changed, in the shape of api.json.

    `at` is its committer time, UTC, YYYY-MM-DDTHH:MM:SSZ; `commit` its full hash. `providers` has the
    providers that changed, without their models, `models` the models by (provider, id); None: gone.
    The objects are shared from step to step: do not change them.
    """

    at: str
    commit: str
    providers: dict[str, dict[str, Any] | None]
    models: dict[tuple[str, str], dict[str, Any] | None]


def walk(
    clone: Path,
    *,
    after: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Step]:
    """The steps of a clone's published line, oldest first, those without a change left out.

    `after` is the full hash of a commit of that line: only what came later is walked. `progress` is
    called with the number of commits done and of all to do. Nothing is checked out and nothing
    fetched. Raises SourceError when the folder is no full clone of models.dev, `after` is not on its
    line, or git is missing.
    """
    git = Git(clone)
    line = published_line(git)
    _refuse_other(git, line[-1].hash)
    start = _position(git, line, after)
    state: list[State] = []
    if start == 0:
        yield from _steps(git, line, 0, progress, state)
        return
    yield from _steps(git, line[start - 1 :], 1, progress, state)


def _refuse_other(git: Git, tip: str) -> None:
    paths = git.output("ls-tree", "-r", "--name-only", "-z", tip, "--", "providers")
    if not any(path.endswith(b"/provider.toml") for path in paths.split(b"\0")):
        raise SourceError(
            git.clone, "is no clone of models.dev: no providers/<provider>/provider.toml in it"
        )


def _position(git: Git, line: Sequence[Commit], after: str | None) -> int:
    """How many commits of the line are known already."""
    if after is None:
        return 0
    for position, commit in enumerate(line, start=1):
        if commit.hash == after:
            return position
    raise SourceError(
        git.clone, f"commit {after[:12]} is not on its published line; import the whole line anew"
    )


def _steps(
    git: Git,
    line: Sequence[Commit],
    known: int,
    progress: Callable[[int, int], None] | None,
    state: list[State],
) -> Iterator[Step]:
    changes = list(changes_of(git, [commit.hash for commit in line]))
    uses = blobs_of(changes)
    with git.stream("cat-file", "--batch", "--buffer", lines=list(uses)) as stream:
        contents = Contents(git.clone, stream, uses)
        now = State(contents)
        for number, (commit, changed) in enumerate(zip(line, changes), start=1):
            for change in changed:
                contents.need(change)
            step = take(now, commit, changed)
            if number > known and (step.providers or step.models):
                yield step
            if progress is not None and number > known:
                progress(number - known, len(line) - known)


def take(state: State, commit: Commit, changes: Sequence[Change]) -> Step:
    step = Step(commit.at, commit.hash, {}, {})
    paths = dict.fromkeys([*state.apply(changes), *state.enter(commit.at)])
    for path in paths:
        if (provider := provider_of(path)) is not None:
            _take_provider(state, step, path, provider)
    for path in paths:
        if (name := model_of(path)) is not None:
            _take_model(state, step, path, *name)
    return step


def _take_provider(state: State, step: Step, path: str, id_: str) -> None:
    before = state.providers.get(id_)
    now = state.provider(path, id_)
    if now == before:
        return
    step.providers[id_] = now
    if now is None:
        del state.providers[id_]
    else:
        state.providers[id_] = now
    if now is None or before is None:
        for model, facts in state.models.get(id_, {}).items():
            step.models[id_, model] = facts if now else None


def _take_model(state: State, step: Step, path: str, provider: str, id_: str) -> None:
    models = state.models.setdefault(provider, {})
    before = models.get(id_)
    now = state.model(path, provider, id_)
    if now == before:
        return
    if now is None:
        del models[id_]
    else:
        models[id_] = now
    if provider in state.providers:
        step.models[provider, id_] = now
