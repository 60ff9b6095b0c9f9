"""Which commits of models.dev's repository are steps of the past, and where a walk goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git import walk
from llmcat.pipeline.sources.models_dev.git.first_parent_line import is_pull
from tests.pipeline.sources.clones import GPT, NOON, Clone, final, model_path


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
