"""A clone from elsewhere is data: whatever lies in it, nothing of it runs, and nothing is fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git import git as git_module
from llmcat.pipeline.sources.models_dev.git import walk
from llmcat.pipeline.sources.models_dev.git.clone import Clone as Walked
from tests.pipeline.sources.clones import GPT, OPENAI, Clone, model_path

needs_posix = pytest.mark.skipif(os.name != "posix", reason="shell scripts, pipes and links")
pytestmark = needs_posix

HOOKS = ("post-checkout", "reference-transaction", "fsmonitor-watchman", "post-index-change")
VARIABLES = (
    "DIR",
    "WORK_TREE",
    "COMMON_DIR",
    "INDEX_FILE",
    "OBJECT_DIRECTORY",
    "ALTERNATE_OBJECT_DIRECTORIES",
    "NAMESPACE",
    "EXTERNAL_DIFF",
    "PAGER",
    "EDITOR",
    "SSH",
    "SSH_COMMAND",
    "ASKPASS",
    "PROXY_COMMAND",
    "EXEC_PATH",
    "TRACE2_EVENT",
    "REPLACE_REF_BASE",
    "GRAFT_FILE",
    "SHALLOW_FILE",
    "CONFIG",
    "CONFIG_PARAMETERS",
    "CONFIG_SYSTEM",
    "TEMPLATE_DIR",
)


class Trap:
    """What a hostile clone would have us run: it leaves a mark."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "mark"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0" >> "{self.mark}"\n', encoding="utf-8")
        self.program.chmod(0o755)

    @property
    def sprang(self) -> str:
        """Who was run, if anybody."""
        return self.mark.read_text(encoding="utf-8") if self.mark.exists() else ""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Two commits, checked out, and with an index, as a clone has it."""
    made = Clone(tmp_path / "clone")
    made.commit({"providers/openai/provider.toml": OPENAI, model_path("gpt-4o"): GPT})
    made.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
    made.git("checkout", "-q", "-f", "dev")
    return made


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """A program that must not run."""
    return Trap(tmp_path)


def config(*lines: str) -> Callable[[Clone, Trap], None]:
    """Lines of `section.key=value`, TRAP in them being the program, in the clone's own config."""

    def prepare(clone: Clone, trap: Trap) -> None:
        for line in lines:
            key, _, value = line.partition("=")
            clone.git("config", "--add", key, value.replace("TRAP", str(trap.program)))

    return prepare


def config_file(text: str) -> Callable[[Clone, Trap], None]:
    """A config of which git itself makes nothing, or never an end."""

    def prepare(clone: Clone, trap: Trap) -> None:
        (clone.path / ".git" / "config").write_text(text, encoding="utf-8")

    return prepare


def hooks(clone: Clone, trap: Trap) -> None:
    """Every hook that there is, where they usually lie."""
    for name in HOOKS:
        (clone.path / ".git" / "hooks" / name).unlink(missing_ok=True)
        (clone.path / ".git" / "hooks" / name).symlink_to(trap.program)


def attributes(clone: Clone, trap: Trap) -> None:
    """Drivers for every file: textconv, external diff, filters, merge."""
    for place in (clone.path / ".gitattributes", clone.path / ".git" / "info" / "attributes"):
        place.parent.mkdir(exist_ok=True)
        place.write_text("* diff=trap filter=trap merge=trap\n", encoding="utf-8")
    config(
        *(f"diff.trap.{key}=TRAP" for key in ("textconv", "command")),
        *(f"filter.trap.{key}=TRAP" for key in ("clean", "smudge", "process")),
        "filter.trap.required=true",
        "merge.trap.driver=TRAP",
    )(clone, trap)


def promisor(clone: Clone, trap: Trap) -> None:
    """A file is missing, and the remote that would have it is a program."""
    config(
        "core.repositoryformatversion=1",
        "extensions.partialclone=origin",
        "remote.origin.promisor=true",
        "remote.origin.url=ext::TRAP",
        "remote.origin.uploadpack=TRAP",
        "protocol.ext.allow=always",
        "protocol.allow=always",
        "core.sshCommand=TRAP",
        "credential.helper=!TRAP",
        "core.askPass=TRAP",
    )(clone, trap)
    clone.git("repack", "-adq")
    pack = next((clone.path / ".git" / "objects" / "pack").glob("*.pack"))
    kept = "\n".join(clone.git("rev-parse", name) for name in ("dev", "dev^{tree}", "dev~1"))
    rest = clone.git("pack-objects", "-q", str(pack.parent / "pack"), stdin=kept.encode())
    for old in pack.parent.glob(f"{pack.stem}.*"):
        old.unlink()
    (pack.parent / f"pack-{rest}.promisor").touch()


def python_files(clone: Clone, trap: Trap) -> None:
    """Packages and modules that pose as what the walker imports."""
    text = f"import os\nos.system({str(trap.program)!r})\n"
    for name in ("llmcat", "tomli", "tomllib", "encodings", "json"):
        (clone.path / name).mkdir()
        (clone.path / name / "__init__.py").write_text(text, encoding="utf-8")
    for name in ("sitecustomize", "usercustomize", "subprocess", "tempfile", "re", "gc"):
        (clone.path / f"{name}.py").write_text(text, encoding="utf-8")


def a_git_of_its_own(clone: Clone, trap: Trap) -> None:
    """A program that is called git, where the current folder is searched."""
    (clone.path / "git").symlink_to(trap.program)


def submodule(clone: Clone, trap: Trap) -> None:
    """A submodule whose update is a command."""
    text = f'[submodule "x"]\n\tpath = x\n\turl = ext::{trap.program}\n\tupdate = !{trap.program}\n'
    (clone.path / ".gitmodules").write_text(text, encoding="utf-8")
    config("submodule.x.update=!TRAP", "submodule.recurse=true", "submodule.x.active=true")(
        clone, trap
    )


HARMLESS: dict[str, Callable[[Clone, Trap], None]] = {
    "fsmonitor": config("core.fsmonitor=TRAP", "core.untrackedCache=true"),
    "hooks": hooks,
    "hooks elsewhere": config("core.hooksPath=/dev/fd", "core.editor=TRAP", "sequence.editor=TRAP"),
    "external diff": config("diff.external=TRAP", "diff.renames=copies", "diff.noprefix=true"),
    "attributes": attributes,
    "pagers": config("core.pager=TRAP", *(f"pager.{c}=TRAP" for c in ("rev-list", "diff-tree"))),
    "aliases": config("alias.rev-list=!TRAP", "alias.cat-file=!TRAP", "alias.ls-tree=!TRAP"),
    "signatures": config("log.showSignature=true", "gpg.program=TRAP", "gpg.ssh.program=TRAP"),
    "encodings": config("i18n.logOutputEncoding=UTF-16", "i18n.commitEncoding=UTF-16"),
    "remotes": config("remote.origin.url=ext::TRAP", "protocol.ext.allow=always"),
    "work tree": config("core.worktree=/", "core.bare=true", "core.excludesFile=/dev/zero"),
    "python": python_files,
    "git": a_git_of_its_own,
    "submodule": submodule,
    "includes": config_file("[include]\n\tpath = /dev/zero\n[includeIf gitdir:/]\n\tpath = ~\n"),
    "nonsense": config_file("[\0"),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_nothing_in_a_clone_runs(
    what: str, clone: Clone, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its history is read from within it, and is what it would be without all that."""
    HARMLESS[what](clone, trap)
    trap.mark.unlink(missing_ok=True)  # git itself may have run into the trap while it was set
    monkeypatch.chdir(clone.path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", ".")
    monkeypatch.setenv("PYTHONSTARTUP", "sitecustomize.py")
    steps = list(Walked(Path()).steps(None))
    models = [entry.facts for step in steps for entry in step.entries if entry.kind == "model"]
    assert [model["cost"]["input"] for model in models] == [2.5, 2]
    assert not trap.sprang


def test_a_command_within_a_clone_runs_none_of_it(clone: Clone, trap: Trap, tmp_path: Path) -> None:
    """`llmcat history import .`, with all of it at once."""
    for prepare in (hooks, attributes, python_files, a_git_of_its_own, HARMLESS["fsmonitor"]):
        prepare(clone, trap)
    trap.mark.unlink(missing_ok=True)
    llmcat = [
        sys.executable,
        "-c",
        "import sys; sys.path.remove(''); import llmcat.cli as c; c.main()",
    ]
    output = tmp_path / "catalog.db"
    done = subprocess.run(
        [*llmcat, "history", "import", ".", "-o", str(output)],
        cwd=clone.path,
        env={**os.environ, "PATH": f".{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [c.new for c in Catalog(output).history("openai:gpt-4o", "cost_input")] == [2]
    assert not trap.sprang


def test_the_callers_git_variables_do_not_lead_elsewhere(
    clone: Clone, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was set for another repository, by a hook or by hand, is not for this one."""
    for variable in VARIABLES:
        monkeypatch.setenv(f"GIT_{variable}", str(trap.program))
    assert len(list(walk(clone.path))) == 2
    assert not trap.sprang


def test_nothing_is_fetched(clone: Clone, trap: Trap) -> None:
    """What a partial clone lacks stays away: its remote is not asked."""
    promisor(clone, trap)
    with pytest.raises(SourceError, match=r"damaged or partial clone|is a partial clone"):
        list(walk(clone.path))
    assert not trap.sprang


def test_the_past_is_that_of_the_objects(clone: Clone) -> None:
    """Replacements and grafts would show one user another past than all others."""
    first, last = clone.git("rev-list", "--reverse", "dev").split()
    clone.git("replace", last, first)
    (clone.path / ".git" / "info").mkdir(exist_ok=True)
    (clone.path / ".git" / "info" / "grafts").write_text(f"{last}\n", encoding="ascii")
    assert [step.revision for step in walk(clone.path)] == [first, last]


@pytest.mark.parametrize("how", ["alternates", "link"])
def test_objects_of_another_folder_are_not_read(how: str, clone: Clone, tmp_path: Path) -> None:
    """A clone that says where else on this machine to read is refused, with the way out."""
    other = tmp_path / "other"
    clone.git("clone", "-q", "--shared", str(clone.path), str(other))
    if how == "link":
        objects = other / ".git" / "objects"
        objects.rename(tmp_path / "objects")
        objects.symlink_to(tmp_path / "objects")
    with pytest.raises(SourceError, match=r"borrows objects .*clone it anew"):
        list(walk(other))


@pytest.mark.parametrize("how", ["file", "link", "common"])
def test_a_git_folder_that_is_somewhere_else(how: str, clone: Clone, tmp_path: Path) -> None:
    """It may be anybody's: the message names it, and it can be named instead."""
    other = tmp_path / "other"
    other.mkdir()
    inner = clone.path / ".git"
    if how == "file":
        (other / ".git").write_text(f"gitdir: {inner}\n", encoding="utf-8")
    elif how == "link":
        (other / ".git").symlink_to(inner)
    else:
        (other / ".git").mkdir()
        (other / ".git" / "HEAD").write_text("ref: refs/heads/dev\n", encoding="ascii")
        (other / ".git" / "commondir").write_text(f"{inner}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"leads to .*clone/\.git; name that folder"):
        list(walk(other))
    assert len(list(walk(inner))) == 2


def test_a_worktree_is_read(clone: Clone, tmp_path: Path) -> None:
    """Its `.git` leads elsewhere too, and the repository there knows of it."""
    clone.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "dev~1")
    assert len(list(walk(tmp_path / "tree"))) == 1


@pytest.mark.parametrize("layout", ["packed", "bare", "sha256", "origin"])
def test_every_layout_of_a_repository(layout: str, clone: Clone, tmp_path: Path) -> None:
    """Packed references, bare, the longer hashes, a HEAD that names nothing."""
    path = clone.path
    if layout == "packed":
        clone.git("pack-refs", "--all")
        assert not (path / ".git" / "refs" / "heads" / "dev").exists()
    elif layout == "bare":
        path = tmp_path / "bare"
        clone.git("clone", "-q", "--bare", str(clone.path), str(path))
    elif layout == "sha256":
        longer = Clone.__new__(Clone)
        longer.path, longer.time = tmp_path / "longer", clone.time
        longer.git("init", "-q", "-b", "dev", "--object-format=sha256", str(longer.path))
        longer.commit({"providers/openai/provider.toml": OPENAI, model_path("m"): GPT})
        longer.commit({model_path("m"): None})
        path = longer.path
    else:
        path = tmp_path / "fetched"
        clone.git("clone", "-q", "-n", str(clone.path), str(path))
        (path / ".git" / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    assert len(list(walk(path))) == 2


@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "refs/heads/dev", "shallow"])
def test_a_pipe_in_place_of_a_file(name: str, clone: Clone) -> None:
    """Nobody waits for its writer."""
    path = clone.path / ".git" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    if name == "refs/heads/dev":
        with pytest.raises(SourceError, match="has no commit yet"):
            list(walk(clone.path))
    else:
        assert len(list(walk(clone.path))) == 2


def test_a_git_that_hangs(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and the message says so."""
    monkeypatch.setattr(git_module, "SILENCE", 0.4)
    graph = clone.path / ".git" / "objects" / "info" / "commit-graph"
    graph.unlink(missing_ok=True)
    graph.parent.mkdir(exist_ok=True)
    os.mkfifo(graph)
    with pytest.raises(SourceError, match="git is silent for more than"):
        list(walk(clone.path))


def test_a_walk_that_is_left_leaves_nothing(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder, and no process."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    steps = Walked(clone.path).steps(None)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert os.listdir(tmp_path / "t") == []


def test_the_walker_is_found_in_a_zip_under_a_path_with_blanks(
    clone: Clone, tmp_path: Path
) -> None:
    """However llmcat is installed, the walker runs what its caller runs."""
    root = Path(git_module.__file__).parents[5]
    bundle = tmp_path / "a folder" / "a bundle.zip"
    bundle.parent.mkdir()
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted((root / "llmcat").rglob("*.py")):
            archive.write(path, path.relative_to(root))
    program = (
        f"import sys; sys.path.insert(0, {str(bundle)!r})\n"
        "import llmcat; assert 'bundle.zip' in llmcat.__file__\n"
        "from llmcat.pipeline.sources.models_dev.git.clone import Clone\n"
        "from pathlib import Path\n"
        f"print(len(list(Clone(Path({str(clone.path)!r})).steps(None))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2\n", "")
