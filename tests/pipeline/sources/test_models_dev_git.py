"""A clone of models.dev: which commits count, what they published, and what is refused."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git import walk
from llmcat.pipeline.sources.models_dev.git.first_parent_line import is_pull
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep, published_model
from llmcat.pipeline.sources.models_dev.git.tables import merge, omit

NOON = 1_764_590_400  # 2025-12-01T12:00:00Z
JUNE = 1_780_488_000  # 2026-06-03T12:00:00Z

OPENAI = 'name = "OpenAI"\nnpm = "@ai-sdk/openai"\nenv = ["OPENAI_API_KEY"]\n'
GPT = """name = "GPT-4o"
attachment = true

[cost]
input = 2.50
output = 10.00
cached_input = 1.25

[limit]
context = 128_000
output = 16_384
"""


class Clone:
    """A repository made by `git fast-import`: each commit names its files, None removes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.time = NOON
        self.git("init", "-q", "-b", "dev", str(path))

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        self.path.mkdir(exist_ok=True)
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, check=True, env={**os.environ, **quiet}
        )
        return done.stdout.decode().strip()

    def commit(
        self,
        files: dict[str, str | bytes | Path | None],
        *,
        branch: str = "dev",
        parents: tuple[str, ...] = (),
        message: str = "update",
        at: int | None = None,
    ) -> str:
        """A commit on `branch`; a Path in place of a content is a symbolic link to it."""
        self.time = at if at is not None else self.time + 60
        text = [f"commit refs/heads/{branch}\ncommitter A <a@example.org> {self.time} +0200\n"]
        text.append(f"data {len(message.encode())}\n{message}\n")
        if not parents and (tip := self.tip(branch)):
            parents = (tip,)
        text += [f"{word} {parent}\n" for word, parent in zip(("from", "merge"), parents)]
        stream = "".join(text).encode()
        for path, content in files.items():
            stream += _file_change(path, content)
        self.git("fast-import", "--quiet", "--force", stdin=stream + b"\n")
        return self.git("rev-parse", branch)

    def tip(self, branch: str) -> str:
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def steps(self, **options: Any) -> list[PublishedStep]:
        return list(walk(self.path, **options))


def _file_change(path: str, content: str | bytes | Path | None) -> bytes:
    if content is None:
        return f"D {path}\n".encode()
    mode = "120000" if isinstance(content, Path) else "100644"
    raw = content if isinstance(content, bytes) else str(content).encode()
    return f"M {mode} inline {path}\ndata {len(raw)}\n".encode() + raw + b"\n"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone whose first commit has OpenAI with GPT-4o."""
    made = Clone(tmp_path / "clone")
    made.commit({"providers/openai/provider.toml": OPENAI, model_path("gpt-4o"): GPT})
    return made


def model_path(id_: str, provider: str = "openai") -> str:
    return f"providers/{provider}/models/{id_}.toml"


def final(steps: list[PublishedStep]) -> dict[str, dict[str, Any]]:
    """The models after all steps, by `provider:id`."""
    models: dict[str, dict[str, Any]] = {}
    for step in steps:
        for (provider, id_), model in step.models.items():
            if model is None:
                del models[f"{provider}:{id_}"]
            else:
                models[f"{provider}:{id_}"] = model
    return models


def last_model(clone: Clone, id_: str = "m", provider: str = "openai") -> dict[str, Any]:
    return final(clone.steps())[f"{provider}:{id_}"]


class TestWhatIsPublished:
    def test_a_commit_is_a_step_in_the_shape_of_api_json(self, clone: Clone) -> None:
        """The id comes from the path, unknown prices are dropped, the time is UTC."""
        [step] = clone.steps()
        assert step.at == "2025-12-01T12:01:00Z"
        assert step.revision == clone.tip("dev")
        assert step.providers == {
            "openai": {
                "id": "openai",
                "name": "OpenAI",
                "npm": "@ai-sdk/openai",
                "env": ["OPENAI_API_KEY"],
            }
        }
        assert step.models == {
            ("openai", "gpt-4o"): {
                "id": "gpt-4o",
                "name": "GPT-4o",
                "attachment": True,
                "cost": {"input": 2.5, "output": 10},
                "limit": {"context": 128000, "output": 16384},
            }
        }

    def test_whole_prices_are_integers_as_in_json(self, clone: Clone) -> None:
        """10.00 is published as 10."""
        assert repr(last_model(clone, "gpt-4o")["cost"]) == "{'input': 2.5, 'output': 10}"

    def test_a_commit_that_changes_nothing_published_is_no_step(self, clone: Clone) -> None:
        """A comment, a logo and a new spelling of the same number change nothing."""
        clone.commit({model_path("gpt-4o"): "# priced anew\n" + GPT.replace("2.50", "2.5")})
        clone.commit({"providers/openai/logo.svg": "<svg/>", "README.md": "hello"})
        assert len(clone.steps()) == 1

    def test_files_without_the_ending_are_no_models(self, clone: Clone) -> None:
        """No .toml, an invisible character after it, or a name that is no text."""
        clone.commit({"providers/openai/models/gpt-5": GPT, model_path("gpt-5") + "\u200e": GPT})
        clone.commit({'"providers/openai/models/\\377.toml"': GPT})
        assert list(final(clone.steps())) == ["openai:gpt-4o"]

    def test_models_wait_for_their_provider(self, clone: Clone) -> None:
        """A folder without provider.toml publishes nothing; with it, and without it again, all."""
        clone.commit({model_path("grok-4", "xai"): GPT})
        clone.commit({"providers/xai/provider.toml": 'name = "xAI"\n'})
        clone.commit({"providers/xai/provider.toml": None})
        came, went = clone.steps()[1:]
        assert came.models.keys() == went.models.keys() == {("xai", "grok-4")}
        assert went.models["xai", "grok-4"] is None
        assert went.providers == {"xai": None}

    def test_ids_keep_slashes_and_capitals(self, clone: Clone) -> None:
        """The id is the path under models/; until June 2025 a slash was spelled %2F."""
        clone.commit({model_path("hf:Qwen/Qwen3-32B"): GPT, model_path("z%2Fglm"): GPT})
        clone.commit({model_path("z%2Fglm"): None, model_path("z/glm"): GPT})
        steps = clone.steps()
        assert set(steps[1].models) == {("openai", "hf:Qwen/Qwen3-32B"), ("openai", "z/glm")}
        assert len(steps) == 2, "the rename of the file is none of the model"

    @pytest.mark.parametrize(
        ("text", "published"),
        [
            ("open = true", {"open_weights": True}),
            ("input_modalities = ['text']", {"modalities": {"input": ["text"]}}),
            ("beta = true", {"status": "beta"}),
            ("experimental = true", {}),
            ("interleaved = {name = 'reasoning_content'}", {"interleaved": {"field": "reasoning_content"}}),
            ("interleaved = true", {"interleaved": True}),
            ("cost = {inputCached = 0.5, outputCached = 1}", {"cost": {"cache_read": 0.5, "cache_write": 1}}),
            ("provider = {npm = 'a', colour = 'red'}", {"provider": {"npm": "a"}}),
            ("experimental.modes.fast = {cost = {input = 3, x = 1}, y = 2}", {"experimental": {"modes": {"fast": {"cost": {"input": 3}}}}}),
            ("description = 'new'", {"description": "new"}),
            ("release_date = 2025-12-01", {"release_date": "2025-12-01"}),
        ],
    )  # fmt: skip
    def test_spellings(self, clone: Clone, text: str, published: dict[str, Any]) -> None:
        """Older spellings get today's names; unknown keys of tables go, those of the model stay."""
        clone.commit({model_path("m"): text})
        assert last_model(clone) == {"id": "m", **published}

    def test_the_one_large_tier_is_published_twice(self, clone: Clone) -> None:
        """As a tier with its type, and as context_over_200k whatever its size."""
        tiers = "[[cost.tiers]]\ninput = 5\ntier = {size = 272_000}\n"
        small = "[[cost.tiers]]\ninput = 4\ntier = {size = 32_000}\n"
        clone.commit({model_path("m"): small + tiers, model_path("two"): tiers + tiers})
        assert last_model(clone)["cost"] == {
            "tiers": [
                {"input": 4, "tier": {"type": "context", "size": 32000}},
                {"input": 5, "tier": {"type": "context", "size": 272000}},
            ],
            "context_over_200k": {"input": 5},
        }
        assert "context_over_200k" not in last_model(clone, "two")["cost"]


KEYS = (
    *("id", "name", "cost", "input", "tiers", "tier", "size", "context_over_200k", "limit"),
    *("modalities", "input_modalities", "provider", "npm", "experimental", "modes", "interleaved"),
    *("open", "beta", "base_model", "extends", "new"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(KEYS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
)
TABLES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


class TestAnyTable:
    @given(TABLES)
    def test_whatever_a_table_holds_it_has_a_published_form(self, table: dict[str, Any]) -> None:
        """Values of wrong types pass as they are: the pipeline rejects them with their reason."""
        model = published_model(table, "m")
        assert model["id"] == "m"
        assert not model.keys() & {"extends", "base_model", "open"}

    @given(TABLES, TABLES, VALUES)
    def test_inheritance_leaves_what_it_reads_unchanged(
        self, base: dict[str, Any], table: dict[str, Any], paths: Any
    ) -> None:
        """The files are shared by all that follow from them."""
        before = repr((base, table))
        omit(merge(base, table), paths)
        omit(merge(base, table), ["cost.input", "cost.tiers", "limit", "provider.npm.name"])
        assert repr((base, table)) == before


class TestInheritance:
    def test_a_base_model_gives_its_facts(self, clone: Clone) -> None:
        """Tables are merged, lists replaced, facts of the lab left out; then the omits are applied."""
        lab = GPT + 'input = 9\n[modalities]\ninput = ["text", "image"]\n[[weights]]\nurl = "u"\n'
        offer = (
            'base_model = "openai/gpt-4o"\nbase_model_omit = ["limit.input", "cost.x", "cost.input",'
            ' "cost.output", "cost.cached_input"]\n[modalities]\ninput = ["text"]\n'
        )
        clone.commit({"models/openai/gpt-4o.toml": lab, model_path("m"): offer}, at=JUNE)
        assert last_model(clone) == {
            "id": "m",
            "name": "GPT-4o",
            "attachment": True,
            "limit": {"context": 128000, "output": 16384},
            "modalities": {"input": ["text"]},
            "canonical_model_id": "openai/gpt-4o",
        }

    def test_a_change_of_the_base_is_one_of_all_offers(self, clone: Clone) -> None:
        """The file of the offer itself stays as it is."""
        lab = "models/openai/gpt-4o.toml"
        clone.commit({lab: GPT, model_path("m"): 'base_model = "openai/gpt-4o"\nname = "Mine"\n'})
        clone.commit({lab: GPT.replace("true", "false")})
        changed = clone.steps()[-1].models
        assert changed.keys() == {("openai", "m")}
        assert last_model(clone)["attachment"] is False
        assert last_model(clone)["name"] == "Mine"

    def test_extends_takes_the_resolved_model_of_another_provider(self, clone: Clone) -> None:
        """Prices too, through several steps; a change at the root reaches the last of them."""
        azure = '[extends]\nfrom = "openai/gpt-4o"\nomit = ["attachment"]\n'
        clone.commit({"providers/azure/provider.toml": "", model_path("m", "azure"): azure})
        clone.commit({model_path("n"): '[extends]\nfrom = "azure/m"\n[cost]\noutput = 11\n'})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        assert set(clone.steps()[-1].models) == {
            ("openai", "gpt-4o"),
            ("azure", "m"),
            ("openai", "n"),
        }
        assert last_model(clone, "n")["cost"] == {"input": 2, "output": 11}
        assert "attachment" not in last_model(clone, "n")

    def test_extends_stops_passing_reasoning_options(self, clone: Clone) -> None:
        """From 2026-06-02 on, for the models that were there before too."""
        clone.commit({model_path("base"): "reasoning_options = []\n"}, at=JUNE - 5 * 86_400)
        clone.commit({model_path("m"): '[extends]\nfrom = "openai/base"\n'})
        before = last_model(clone)
        clone.commit({model_path("other"): GPT}, at=JUNE)
        assert (before, last_model(clone)) == ({"id": "m", "reasoning_options": []}, {"id": "m"})

    def test_symbolic_links_are_followed(self, clone: Clone) -> None:
        """The id from the link, the content from the target; a dangling one is no model."""
        target = Path("../../openai/models/gpt-4o.toml")
        clone.commit({"providers/azure/provider.toml": "", model_path("m", "azure"): target})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        assert last_model(clone, "m", "azure")["cost"]["input"] == 2
        assert last_model(clone, "m", "azure")["id"] == "m"
        clone.commit({model_path("gpt-4o"): None})
        assert final(clone.steps()) == {}

    def test_links_lead_nowhere_outside(self, clone: Clone, tmp_path: Path) -> None:
        """A link out of the tree, to itself or in a circle is dangling."""
        (tmp_path / "secret.toml").write_text(GPT)
        clone.commit({model_path("out"): tmp_path / "secret.toml"})
        clone.commit({model_path("up"): Path("../" * 9 + "secret.toml")})
        clone.commit({model_path("a"): Path("b.toml"), model_path("b"): Path("a.toml")})
        assert len(clone.steps()) == 1


class TestBrokenCommits:
    @pytest.mark.parametrize(
        "broken",
        [
            "name = 'twice'\n" + GPT,
            b"name = '\xff'",
            "name = 'x'\n" + "#" * 2**20,
            "x = " + "[" * 5_000 + "]" * 5_000,
            ".".join("a" * 500) + " = 1",
            "cost.input = inf",
            "[extends]\nfrom = 'openai/gone'",
            "[extends]\nfrom = 'openai/gpt-4o'",
            "base_model = 'lab/gone'",
        ],
        ids=["twice", "utf8", "huge", "deep", "dotted", "inf", "extends", "circle", "base"],
    )  # fmt: skip
    def test_the_last_good_version_stays(self, clone: Clone, broken: str | bytes) -> None:
        """The model does not vanish; the other files of the commit count, and the mend does."""
        clone.commit({model_path("gpt-4o"): broken, model_path("m"): GPT})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        _, meanwhile, mended = clone.steps()
        assert meanwhile.models.keys() == {("openai", "m")}
        assert mended.models.keys() == {("openai", "gpt-4o")}

    def test_a_broken_base_leaves_its_offers(self, clone: Clone) -> None:
        """What follows from the broken file stays as well."""
        clone.commit({model_path("m"): '[extends]\nfrom = "openai/gpt-4o"\n'})
        clone.commit({model_path("gpt-4o"): "broken", "providers/openai/provider.toml": "x"})
        last = clone.steps()[-1]
        assert not last.providers
        assert not last.models
        assert [spec for _, spec, _ in last.broken] == ["openai:gpt-4o", "openai:m", "openai"]

    def test_a_removed_model_goes_even_when_it_was_broken(self, clone: Clone) -> None:
        """Broken keeps, gone does not."""
        clone.commit({model_path("gpt-4o"): "broken"})
        clone.commit({model_path("gpt-4o"): None})
        assert final(clone.steps()) == {}


class TestThePublishedLine:
    def test_a_merged_branch_counts_once(self, clone: Clone) -> None:
        """What the merge brought is dated by the merge, the commits of the branch are no steps."""
        root = clone.tip("dev")
        branch = clone.commit({model_path("m"): GPT}, branch="pr", parents=(root,))
        branch = clone.commit({model_path("n"): GPT}, branch="pr")
        other = clone.commit({model_path("o"): GPT})
        files: dict[str, Any] = {model_path("m"): GPT, model_path("n"): GPT}
        merge = clone.commit(
            files, parents=(other, branch), message="Merge pull request #1 from a/pr"
        )
        assert [step.revision for step in clone.steps()] == [root, other, merge]
        assert {id_ for _, id_ in clone.steps()[-1].models} == {"m", "n"}

    def test_the_merge_of_a_pull_follows_its_second_parent(self, clone: Clone) -> None:
        """Local work pulled the published branch in: what was published is the second parent."""
        root = clone.tip("dev")
        first = clone.commit({model_path("m"): GPT})
        second = clone.commit({model_path("n"): GPT})
        local = clone.commit({model_path("local"): GPT}, branch="mine", parents=(root,))
        pull = "Merge branch 'dev' of github.com:anomalyco/models.dev into dev"
        files: dict[str, Any] = {model_path("m"): GPT, model_path("n"): GPT}
        merge = clone.commit(files, parents=(local, second), message=pull)
        clone.git("update-ref", "refs/heads/dev", merge)
        assert [step.revision for step in clone.steps()] == [root, first, second, merge]
        assert clone.steps()[-1].models.keys() == {("openai", "local")}

    @pytest.mark.parametrize(
        ("subject", "pull"),
        [
            ("Merge branch 'dev' of github.com:anomalyco/models.dev into dev", True),
            ("Merge branch 'dev' of https://github.com/anomalyco/models.dev", True),
            ("Merge remote-tracking branch 'origin/dev' into dev", True),
            ("Merge branch 'anomalyco:dev' into dev", True),
            ("Merge branch 'dev' into add-a-model", False),
            ("Merge branch 'feature/dev' into dev", False),
            ("Merge branch 'add-a-model' into dev", False),
            ("Merge branch 'dev'", False),
            ("Merge pull request #7 from someone/dev", False),
        ],
    )
    def test_pulls_are_known_by_their_subject(self, subject: str, pull: bool) -> None:
        """A branch merged into itself is a pull; a branch merged into another is not."""
        assert is_pull(subject) is pull

    def test_a_wrong_clock_does_not_turn_time_back(self, clone: Clone) -> None:
        """A commit that says to be older than the one before has that one's time."""
        clone.commit({model_path("m"): GPT}, at=NOON - 9_000)
        first, second = clone.steps()
        assert second.at == first.at

    def test_the_remote_branch_counts_where_nothing_is_checked_out(self, clone: Clone) -> None:
        """As after `git clone` of a bundle, whose HEAD names nothing."""
        clone.git("update-ref", "refs/remotes/origin/dev", "dev")
        clone.git("symbolic-ref", "HEAD", "refs/heads/none")
        clone.git("update-ref", "-d", "refs/heads/dev")
        assert len(clone.steps()) == 1


class TestIncremental:
    @pytest.fixture
    def history(self, clone: Clone) -> Clone:
        """Five commits, with inheritance and a file that is broken in the third and the fourth."""
        clone.commit({model_path("m"): '[extends]\nfrom = "openai/gpt-4o"\n'})
        clone.commit({model_path("gpt-4o"): "broken", model_path("n"): GPT})
        clone.commit({model_path("o"): GPT})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        return clone

    def test_only_newer_commits_are_walked(self, history: Clone) -> None:
        """After any commit the steps are those of the whole walk, the broken stretch included."""
        steps = history.steps()
        for number, step in enumerate(steps, start=1):
            assert history.steps(after=step.revision) == steps[number:]

    def test_the_state_before_can_go_ahead(self, history: Clone) -> None:
        """Then the first step is all that was published at that commit."""
        steps = history.steps()
        for number, step in enumerate(steps, start=1):
            state, *rest = history.steps(after=step.revision, state_first=True)
            assert state[:2] == step[:2]
            assert final([state]) == final(steps[:number])
            assert state.providers.keys() == {"openai"}
            assert rest == steps[number:]

    def test_old_files_are_not_read(self, clone: Clone) -> None:
        """The blobs of past versions may even be missing."""
        blob = clone.git("rev-parse", "dev:" + model_path("gpt-4o"))
        known = clone.commit({model_path("gpt-4o"): GPT + "# 2"})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        (clone.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
        assert len(clone.steps(after=known)) == 1
        with pytest.raises(SourceError, match="clone it anew"):
            clone.steps()

    def test_progress_counts_the_commits_to_do(self, history: Clone) -> None:
        """Commits without a step count too."""
        seen: list[tuple[int, int]] = []
        history.steps(progress=lambda done, total: seen.append((done, total)))
        assert seen == [(number, 5) for number in range(1, 6)]
        seen.clear()
        after = history.git("rev-parse", "dev~2")
        history.steps(after=after, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(1, 2), (2, 2)]

    def test_a_commit_of_another_line_is_refused(self, history: Clone) -> None:
        """After a rewrite of upstream only the whole line can be trusted."""
        with pytest.raises(SourceError, match="is not on its published line"):
            history.steps(after="0" * 40)

    def test_a_walk_may_be_left_early(self, history: Clone) -> None:
        """git is ended with it."""
        walking = walk(history.path)
        assert next(walking).models
        assert isinstance(walking, Iterator)
        walking.close()


class TestRefusals:
    def test_no_repository(self, tmp_path: Path) -> None:
        """A folder that is none, even inside another repository, or that is not there."""
        Clone(tmp_path)
        (tmp_path / "folder").mkdir()
        with pytest.raises(SourceError, match="is no git repository"):
            list(walk(tmp_path / "folder"))
        with pytest.raises(SourceError, match="no such folder"):
            list(walk(tmp_path / "gone"))

    def test_no_commit(self, tmp_path: Path) -> None:
        """A repository that was only initialised."""
        with pytest.raises(SourceError, match="has no commit yet"):
            Clone(tmp_path / "empty").steps()

    def test_another_project(self, tmp_path: Path) -> None:
        """Whose tree has no providers/<provider>/provider.toml."""
        other = Clone(tmp_path / "other")
        other.commit({"README.md": "hello", "providers/aws/main.tf": ""})
        with pytest.raises(SourceError, match=r"is no clone of models\.dev"):
            other.steps()

    def test_a_shallow_clone(self, clone: Clone, tmp_path: Path) -> None:
        """With the command that completes it."""
        clone.commit({model_path("m"): GPT})
        shallow = tmp_path / "shallow"
        clone.git("clone", "-q", "--depth=1", f"file://{clone.path}", str(shallow))
        with pytest.raises(SourceError, match="git fetch --unshallow"):
            list(walk(shallow))

    def test_a_partial_clone(self, clone: Clone, tmp_path: Path) -> None:
        """Refused without asking the remote; fine once every file is there."""
        clone.git("config", "uploadpack.allowFilter", "true")
        clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        partial = tmp_path / "partial"
        source = f"file://{clone.path}"
        clone.git("clone", "-q", "--no-checkout", "--filter=blob:none", source, str(partial))
        with pytest.raises(SourceError, match="is a partial clone"):
            list(walk(partial))
        clone.git("-C", str(partial), "fetch", "-q", "--refetch", "--no-filter")
        assert len(list(walk(partial))) == 2

    def test_git_is_missing(self, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
        """The message says what to install."""
        monkeypatch.setenv("PATH", "")
        with pytest.raises(SourceError, match="install git"):
            clone.steps()

    def test_the_environment_of_a_hook_does_not_lead_elsewhere(
        self, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """GIT_DIR and its kin are set while git runs a hook."""
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        assert len(list(walk(clone.path))) == 1
