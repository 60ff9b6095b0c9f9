"""Discovery as people run it: which endpoints are configured, and what the command says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import llmcat
from llmcat.errors import ConfigError, PullError
from llmcat.network.discover.configured import FILES, endpoints
from llmcat.network.discover.hosted_providers import HOSTED
from llmcat.network.discover.local_servers import LOCAL
from llmcat.pipeline.sources.discovered.kept_answer import READERS
from llmcat.records import Provider
from llmcat.user.config import Settings, read_settings
from tests.cli.running import error_of, written
from tests.cli.running import llmcat as run
from tests.network.discover.servers import SECRET, running_provider, status
from tests.network.discover.servers import Provider as Server

__all__ = ["running_provider"]


@pytest.fixture(name="home")
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Config and data of a user who has set no key."""
    for name in {v for row in HOSTED.values() for v in row.env}:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLMCAT_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("LLMCAT_DATA", str(tmp_path / "data"))
    return tmp_path


def test_the_command_asks_keeps_and_shows(
    home: Path, provider: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a key in the environment to a table; the status afterwards asks nobody."""
    provider.paths["/models"] = {"data": [{"id": "gpt-4o"}, {"id": "gpt-new"}]}
    written(
        home / "config" / "config.toml",
        f'[discover]\nlocal = false\n[endpoints.openai]\nurl = "{provider.base}"\n',
    )
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    said = run("discover", "--json")
    [row] = said.json
    assert (said.status, row["name"], row["models"], row["error"]) == (0, "openai", 2, None)
    visits = len(provider.visits)
    assert run("discover", "--status", "--json").json[0]["models"] == 2
    assert "verified" in run("discover", "--status").out
    assert len(provider.visits) == visits
    for file in home.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


def test_one_that_fails_is_a_warning_and_the_status_says_so(
    home: Path, provider: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, one line, and no key in it."""
    written(
        home / "config" / "config.toml",
        f'[discover]\nlocal = false\n[endpoints.groq]\nurl = "{provider.base}"\n',
    )
    monkeypatch.setenv("GROQ_API_KEY", SECRET)
    said = run("discover")
    assert said.status == 1
    assert said.err == "warning: groq has no such list (status 404)\n"
    assert SECRET not in said.out + said.err


def test_one_of_the_users_own_that_does_not_run_is_named(home: Path) -> None:
    """On this machine, too; a usual port on which nothing listens is nothing to speak of."""
    written(home / "config" / "config.toml", '[endpoints.gpu-box]\nurl = "http://127.0.0.1:1/v1"\n')
    said = run("discover", "--json")
    [row] = [row for row in said.json if row["error"]]
    assert (said.status, row["name"], row["models"]) == (1, "gpu-box", 0)
    assert said.err.startswith("warning: gpu-box cannot be fetched")
    assert run("discover", "koboldcpp").err.startswith("warning: koboldcpp")


def test_whoever_asks_again_does_not_wait_for_what_was_answered_before(
    home: Path, provider: Server
) -> None:
    """The layer of the last answers is made for those who read it, not before endpoints are asked."""
    provider.paths["*"] = {"data": [{"id": "tiny"}]}
    written(
        home / "config" / "config.toml",
        f'[discover]\nlocal = false\n[endpoints.box]\nurl = "{provider.base}"\n',
    )
    overlay = "provider: box\nmodels: {tuned: {context_window: 8000}}\n"
    for makes_no_copy in (True, False):
        for _ in range(2):
            assert run("discover", "--refresh").status == 0
        copies = [*(home / "data").glob("layered/*.db")]
        assert len(copies) == (0 if makes_no_copy else 1)
        written(home / "config" / "mine.yml", overlay)
    assert "box:tiny" in run("find", "--available").out


@pytest.mark.parametrize(
    ("code", "without", "wrong"),
    [
        (
            401,
            "wants a key (status 401): set LITELLM_PROXY_API_KEY",
            "refuses the key (status 401)",
        ),
        (500, "wants a key (status 500): set LITELLM_PROXY_API_KEY", "as it does to a wrong key"),
        (400, "wants a key (status 400): set LITELLM_PROXY_API_KEY", "as it does to a wrong key"),
    ],
)
def test_who_sends_no_key_is_told_where_one_belongs(
    home: Path,
    provider: Server,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    without: str,
    wrong: str,
) -> None:
    """LiteLLM's proxy answers neither to none nor to a wrong one with 401."""
    provider.paths["*"] = status(code)
    monkeypatch.setenv("LITELLM_PROXY_API_BASE", provider.base)
    assert run("discover", "litellm").err == f"warning: litellm {without}\n"
    monkeypatch.setenv("LITELLM_PROXY_API_KEY", SECRET)
    assert wrong in run("discover", "litellm").err


def test_a_name_that_is_no_endpoint_is_one_line(home: Path) -> None:
    """With what was meant."""
    assert error_of(run("discover", "opnai")) == (
        "no endpoint 'opnai' to ask; did you mean openai?"
    )


def test_without_a_key_it_says_which_to_set(home: Path) -> None:
    """Named by hand, an endpoint without key is an error; unnamed it is none."""
    assert "MISTRAL_API_KEY" in run("discover", "mistral").err
    settings = Settings(local=False)
    assert endpoints((), settings, (), {}) == []
    [one] = endpoints((), settings, (), {"MISTRAL_API_KEY": "x"})
    assert (one.name, repr(one.key)) == ("mistral", "Secret(…)")


def test_the_key_of_one_provider_is_never_sent_to_the_address_of_another() -> None:
    """An address in a catalogue is data: a hostile one would collect keys."""

    def of(id_: str, env: tuple[str, ...], api: str) -> Provider:
        empty = dict.fromkeys(Provider._fields)
        own = {"id": id_, "npm": "@ai-sdk/openai-compatible", "env": env, "api": api}
        return Provider(**{**empty, **own})  # type: ignore[arg-type]

    thief = of("thief", ("OPENAI_API_KEY",), "https://thief.example/v1")
    plain = of("plain", ("PLAIN_API_KEY",), "http://plain.example/v1")
    honest = of("honest", ("HONEST_API_KEY",), "https://honest.example/v1")
    environ = dict.fromkeys(("OPENAI_API_KEY", "PLAIN_API_KEY", "HONEST_API_KEY"), SECRET)
    found = endpoints((), Settings(local=False), (thief, plain, honest), environ)
    assert {one.name: one.base for one in found} == {
        "openai": "https://api.openai.com/v1",
        "honest": "https://honest.example",
    }


def test_what_listens_at_a_usual_port_does_not_see_the_key_of_a_provider() -> None:
    """LLAMA_API_KEY is llama-server's and Meta's: it is sent where the user named the server."""
    empty = dict.fromkeys(Provider._fields)
    meta = Provider(**{**empty, "id": "llama", "env": ("LLAMA_API_KEY",)})  # type: ignore[arg-type]
    environ = {"LLAMA_API_KEY": SECRET, "VLLM_API_KEY": SECRET}

    def sees(*names: str, **more: str) -> set[str]:
        found = endpoints(names, Settings(), (meta,), {**environ, **more})
        return {one.name for one in found if one.key}

    assert sees() == {"vllm"}
    assert sees(LLAMACPP_HOST="127.0.0.1:8081") == {"vllm", "llamacpp"}
    assert sees("llamacpp") == {"llamacpp"}


def test_a_catalogue_account_in_the_address_is_a_plain_name() -> None:
    """What would lead the key to another host is refused."""
    environ = {"AZURE_API_KEY": "x", "AZURE_RESOURCE_NAME": "evil.example/?"}
    assert endpoints((), Settings(local=False), (), environ) == []
    [one] = endpoints(("azure",), Settings(), (), environ)
    assert "AZURE_RESOURCE_NAME is no plain name" in str(one.missing)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[discovery]\n", "discovery is unknown"),
        ("[discover]\nmax_age = -1\n", "discover.max_age must be a number of seconds"),
        ('[discover]\nlocal = "no"\n', "discover.local must be true or false"),
        ('[endpoints.a]\nurl = "ftp://x"\n', "endpoints.a.url must begin with http"),
        ('[endpoints.a]\nurl = "http://me:pw@x/v1"\n', "must hold no user, password or query"),
        ("[endpoints.a]\nkey_command = []\n", "endpoints.a.key_command must be a command"),
        ('[endpoints.a]\nkee = "x"\n', "endpoints.a.kee is unknown"),
        ("[endpoints]\na = 1\n", "endpoints.a must be a table"),
        ("[discover\n", "no TOML"),
    ],
)
def test_wrong_settings_are_one_line_with_file_and_line(home: Path, text: str, reason: str) -> None:
    """No traceback, and the file is named."""
    path = written(home / "config" / "config.toml", text)
    with pytest.raises(ConfigError) as caught:
        read_settings()
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)
    assert error_of(run("discover"))


def test_every_endpoint_that_can_be_asked_can_be_read() -> None:
    """An adapter has two halves."""
    kinds = {*HOSTED, *(row.kind for row in LOCAL.values()), FILES}
    assert kinds == READERS.keys()


def test_it_is_a_call_too(home: Path) -> None:
    """`llmcat.discover` raises for what is no endpoint."""
    with pytest.raises(PullError):
        llmcat.discover("nobody")
