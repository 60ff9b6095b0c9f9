"""`llmcat pull` against a real server on this machine: when it asks, and what it takes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from llmcat.network.pull import choose_url, decide, pull
from tests.network.upstream_server import (
    HOUR,
    NOON,
    Upstream,
    Visit,
    api,
    first_pull,
    manifest,
    refused,
    running_upstream,  # noqa: F401 - the fixture `upstream`
    snapshots,
)

# When upstream is asked, and how


def test_no_request_within_the_hour(upstream: Upstream, tmp_path: Path) -> None:
    """A copy is fresh for 60 minutes, and no longer; force asks at once."""
    first = first_pull(upstream, tmp_path)
    again = pull(upstream.url, tmp_path, now=NOON + timedelta(minutes=59))
    assert (again.action, again.snapshot, again.models) == ("fresh", first.snapshot, 4)
    assert len(upstream.visits) == 1
    assert pull(upstream.url, tmp_path, now=NOON + HOUR).action == "unchanged"
    assert pull(upstream.url, tmp_path, now=NOON + HOUR, force=True).action == "unchanged"
    assert len(upstream.visits) == 3


def test_not_modified_renews_freshness(upstream: Upstream, tmp_path: Path) -> None:
    """A 304 adds nothing but the time of the check."""
    first = first_pull(upstream, tmp_path)
    later = pull(upstream.url, tmp_path, now=NOON + 3 * HOUR)
    assert (later.action, later.snapshot) == ("unchanged", first.snapshot)
    assert later.retrieved_at == "2026-05-21T12:00:00Z"
    assert manifest(tmp_path)["checked_at"] == "2026-05-21T15:00:00Z"
    assert upstream.visits[1].headers["If-None-Match"] == '"one"'
    assert decide(tmp_path, NOON + 3.5 * HOUR, False) == "fresh"


def test_last_modified_alone_is_a_condition_too(upstream: Upstream, tmp_path: Path) -> None:
    """A server without ETags is asked with If-Modified-Since."""
    upstream.sends(api(), last_modified="Thu, 21 May 2026 11:00:00 GMT")
    pull(upstream.url, tmp_path, now=NOON)
    upstream.answer = lambda visit: visit.reply(304)
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR).action == "unchanged"
    assert upstream.visits[1].headers["If-Modified-Since"] == "Thu, 21 May 2026 11:00:00 GMT"


def test_same_body_adds_no_snapshot(upstream: Upstream, tmp_path: Path) -> None:
    """A server without validators sends the same again: one snapshot stays one."""
    upstream.sends(api())
    first = pull(upstream.url, tmp_path, now=NOON)
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert (again.action, again.snapshot) == ("unchanged", first.snapshot)
    assert snapshots(tmp_path) == [first.snapshot.name]
    assert decide(tmp_path, NOON + 2.5 * HOUR, False) == "fresh"


def test_another_address_is_asked_without_conditions(upstream: Upstream, tmp_path: Path) -> None:
    """Neither the freshness nor the ETag of one address counts for another."""
    first_pull(upstream, tmp_path)
    assert decide(tmp_path, NOON, False, upstream.url) == "fresh"
    other = f"{upstream.base}/mirror.json"
    assert pull(other, tmp_path, now=NOON).action == "unchanged"
    assert "If-None-Match" not in upstream.visits[1].headers


def test_copy_that_rots_during_the_request_is_fetched_again(
    upstream: Upstream, tmp_path: Path
) -> None:
    """A 304 counts only if the copy still verifies when it comes."""
    first = first_pull(upstream, tmp_path)
    answer = upstream.answer

    def spoil_and_answer(visit: Visit) -> None:
        first.snapshot.write_bytes(b"rot")
        answer(visit)

    upstream.answer = spoil_and_answer
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert again.action == "fetched"
    assert [v.headers.get("If-None-Match") for v in upstream.visits] == [None, '"one"', None]


@pytest.mark.parametrize("tag", ["\u2603", "a\r\nX-Evil: 1", ""])
def test_absurd_etag_is_not_sent(upstream: Upstream, tmp_path: Path, tag: str) -> None:
    """What cannot stand in a header is left out instead of breaking every later pull."""
    first_pull(upstream, tmp_path)
    edited = manifest(tmp_path)
    edited["snapshots"][0]["etag"] = tag
    (tmp_path / "manifest.json").write_text(json.dumps(edited))
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR).action == "unchanged"
    assert "If-None-Match" not in upstream.visits[1].headers


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Thu, 21 May 2026 12:00:09 GMT", "2026-05-21T120009Z.json.gz"),
        ("Wed, 01 Jan 2098 00:00:00 GMT", "2026-05-21T120000Z.json.gz"),
        ("yesterday", "2026-05-21T120000Z.json.gz"),
        ("Thu, 21 May 2026 12:00:09 +999999999", "2026-05-21T120000Z.json.gz"),
    ],
)
def test_date_of_the_server_names_the_snapshot(
    upstream: Upstream, tmp_path: Path, said: str, name: str
) -> None:
    """The server's Date counts unless it is absurd; then the clock does."""
    upstream.sends(api(), date=said)
    assert pull(upstream.url, tmp_path, now=NOON).snapshot.name == name


def test_password_in_the_address_is_used_but_not_told(upstream: Upstream, tmp_path: Path) -> None:
    """It stands neither in the manifest nor in a message."""
    upstream.sends(api())
    url = upstream.url.replace("//", "//me:secret@")
    pull(url, tmp_path, now=NOON)
    assert upstream.visits[0].headers["Authorization"].startswith("Basic ")
    assert manifest(tmp_path)["snapshots"][0]["url"] == upstream.url
    assert decide(tmp_path, NOON, False, url) == "fresh"
    upstream.sends(b"")
    assert "secret" not in refused(upstream, tmp_path, url=url)


def test_token_in_a_query_is_used_but_not_told(upstream: Upstream, tmp_path: Path) -> None:
    """Nor does a token: not in a file, not in a message, not where nobody answers."""
    upstream.sends(api(), etag='"one"')
    url = f"{upstream.url}?token=secret&v=2#secret"
    pull(url, tmp_path, now=NOON)
    assert upstream.visits[0].path == "/api.json?token=secret&v=2"
    assert manifest(tmp_path)["snapshots"][0]["url"] == f"{upstream.url}?token=…&v=…"
    assert decide(tmp_path, NOON, False, url) == "revalidate"  # v=3 may be another file
    upstream.answer = lambda visit: visit.reply(500)
    assert "secret" not in refused(upstream, tmp_path, url=url)
    for broken in (
        "http://[?token=secret",
        "http://me:secret@[/",
        "ftp://me:secret@host/?a=secret",
    ):
        assert "secret" not in refused(upstream, tmp_path, url=broken)


# What a pull refuses


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>\x1b[2J", "no JSON"),
        (b"", "no JSON"),
        (api()[:-20], "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"openai": {"models": {"a": {"cost": {"input": 1e999}}}}}', "too large"),
        (b'{"openai": {"models": {"a": {}, "a": {}}}}', "stands twice"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "the top is no object"),
        (b"{}", "no provider with models"),
        (b'{"openai": {"models": {}}}', "no model in it"),
        (b'{"openai": {"models": {"a": 1}}}', "no model in it"),
        (b'{"error": "rate limited"}', "no provider with models"),
        (b'{"models": 1, "providers": 5}', "no models.dev catalog.json"),
        (b'{"models": {}, "providers": {}}', "no provider with models"),
    ],
)
def test_what_is_no_api_json_is_refused(
    upstream: Upstream, tmp_path: Path, body: bytes, reason: str
) -> None:
    """It is checked before it replaces anything."""
    first_pull(upstream, tmp_path)
    upstream.sends(body)
    message = refused(upstream, tmp_path)
    assert reason in message
    assert message.endswith("; kept the snapshot of 2026-05-21, 2 hours old")


def test_loss_is_refused_unless_forced_and_then_is_the_measure(
    upstream: Upstream, tmp_path: Path
) -> None:
    """A tenth may go; what somebody took by force is what later pulls are held against."""
    first_pull(upstream, tmp_path, api(100))
    upstream.sends(api(89))
    message = refused(upstream, tmp_path)
    assert "lacks 11 of the 100 (11%, where 10% may be right) models of the snapshot" in message
    assert "pull with --force" in message
    assert pull(upstream.url, tmp_path, now=NOON + HOUR, force=True).models == 89
    upstream.sends(api(88))
    assert pull(upstream.url, tmp_path, now=NOON + 3 * HOUR).models == 88
    upstream.sends(api(40))
    assert "lacks 48 of the 88" in refused(upstream, tmp_path, now=NOON + 5 * HOUR)


def test_repetition_wears_nothing_away(upstream: Upstream, tmp_path: Path) -> None:
    """Little by little is too much as well: every snapshot that is kept is a measure."""
    first_pull(upstream, tmp_path, api(100))
    upstream.sends(api(95))
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR).models == 95
    upstream.sends(api(89))
    assert "lacks 11 of the 100" in refused(upstream, tmp_path, now=NOON + 4 * HOUR)


@pytest.mark.parametrize("factor", [1000, 0, 0.4, 1.6])
def test_prices_of_another_size_are_refused(
    upstream: Upstream, tmp_path: Path, factor: float
) -> None:
    """A thousand times dearer, free, or merely more than half away: told in figures."""
    first_pull(upstream, tmp_path, api(20))
    upstream.sends(api(20).replace(b"2.5", str(2.5 * factor).encode()))
    message = refused(upstream, tmp_path)
    assert "moves 20 of the 40 (50%, where 5% may be right) prices of the snapshot" in message
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR, force=True).models == 20


# Where from, how old


def test_address_given_then_environment_then_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """--url comes before $LLMCAT_URL, which comes before the recipe."""
    monkeypatch.delenv("LLMCAT_URL", raising=False)
    assert choose_url(None, "https://recipe.example") == "https://recipe.example"
    monkeypatch.setenv("LLMCAT_URL", "https://environment.example")
    assert choose_url(None, "https://recipe.example") == "https://environment.example"
    assert choose_url("https://given.example", "https://recipe.example") == "https://given.example"
