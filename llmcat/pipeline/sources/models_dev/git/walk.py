"""From commit to commit along the published line: what changed in what models.dev published."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git.first_parent_line import Commit, published_line
from llmcat.pipeline.sources.models_dev.git.git import Git
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep
from llmcat.pipeline.sources.models_dev.git.tables import State, model_of, provider_of
from llmcat.pipeline.sources.models_dev.git.tree import Change, Contents, blobs_of, changes_of

Progress = Callable[[int, int], None]


def walk(
    clone: Path,
    *,
    after: str | None = None,
    state_first: bool = False,
    progress: Progress | None = None,
) -> Generator[PublishedStep, None, None]:
    """The steps of a clone's published line, oldest first, those without a change left out (a file
    that breaks, or is mended, is one).

    A step is one commit: `at` its committer time, `revision` its full hash; providers (without their
    models) and models in the shape of api.json. They are shared from step to step: do not change them.
    `after` is the full hash of a commit of that line: only what came later is walked; with
    `state_first` one step goes ahead that holds all that was published at `after`. `progress` is
    called with the number of commits done and of all to do. Nothing is checked out and nothing is
    fetched. Raises SourceError when the folder is no full clone of models.dev, `after` is not on its
    line, or git is missing.
    """
    with closing(Git(clone)) as git:
        yield from _walk(git, after, state_first, progress)


def _walk(
    git: Git, after: str | None, state_first: bool, progress: Progress | None
) -> Iterator[PublishedStep]:
    line = published_line(git)
    _refuse_other(git, line[-1].hash)
    known = _position(git, line, after)
    if known == len(line) and not state_first:
        return
    try:
        yield from _steps(git, line, max(known - 1, 0), known, state_first, progress)
    except _LastGoodIsOlder:
        yield from _steps(git, line, 0, known, state_first, progress)


class _LastGoodIsOlder(Exception):
    """Some file is broken in the commit to go on from; its last good version came before it."""


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
    first: int,
    known: int,
    state_first: bool,
    progress: Progress | None,
) -> Iterator[PublishedStep]:
    """Walk from commit `first`, whose whole tree is read, and yield from commit `known` on."""
    walked = line[first:]
    changes = changes_of(git, [commit.hash for commit in walked])
    uses = blobs_of(changes)
    with git.stream("cat-file", "--batch", "--buffer", lines=list(uses)) as stream:
        state = State(contents := Contents(git.clone, stream, uses))
        for number, (commit, changed) in enumerate(zip(walked, changes), start=first):
            for change in changed:
                contents.need(change)
            step = _take(state, commit, changed)
            if number < known:
                if first and state.broken:
                    raise _LastGoodIsOlder
                if state_first and number == known - 1:
                    yield PublishedStep(
                        commit.at, commit.hash, *state.published(), _broke({}, state.broken)
                    )
                continue
            if step.providers or step.models or step.broken:
                yield step
            if progress is not None:
                progress(number + 1 - known, len(line) - known)


def _take(state: State, commit: Commit, changes: Sequence[Change]) -> PublishedStep:
    """Bring `state` to `commit`; what that changes."""
    step = PublishedStep(commit.at, commit.hash, {}, {})
    broken = dict(state.broken)
    paths = dict.fromkeys([*state.apply(changes), *state.enter(commit.at)])
    for path in paths:
        if (provider := provider_of(path)) is not None:
            _take_provider(state, step, path, provider)
    for name, path in _models_among(paths, state).items():
        _take_model(state, step, path, *name)
    return step._replace(broken=_broke(broken, state.broken))


def _broke(before: dict[str, str], now: dict[str, str]) -> tuple[tuple[str, str, str | None], ...]:
    """The files that broke, broke otherwise, or were mended; with the spec, and why."""
    return tuple(
        (path, provider_of(path) or ":".join(model_of(path) or ()), now.get(path))
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path)
    )


def _models_among(paths: Iterable[str], state: State) -> dict[tuple[str, str], str]:
    """The touched models with their paths; of two spellings of one id the later, which is there."""
    models: dict[tuple[str, str], str] = {}
    for path in paths:
        if (name := model_of(path)) is not None:
            if name in models:
                state.forget(models[name])
            models[name] = path
    return models


def _take_provider(state: State, step: PublishedStep, path: str, id_: str) -> None:
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


def _take_model(state: State, step: PublishedStep, path: str, provider: str, id_: str) -> None:
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
