"""Releases in a bucket: on moto, which keeps the conditions of S3, by the extra `interop`."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from llmcat.errors import PublishError
from llmcat.network.releases.publish import publish
from tests.network.releases.publishing import Shop

boto3 = pytest.importorskip("boto3", reason="needs the extra interop")
moto = pytest.importorskip("moto.server", reason="needs the extra interop")
pytest.importorskip("obstore", reason="needs the extra bucket")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on this machine."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT", endpoint),
    ):
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="cat")
    yield "s3://cat/llmcat"
    server.stop()


def test_publishers_of_a_bucket_follow_each_other(shop: Shop, address: str) -> None:
    """Three at once: three serials, three files, and a reader gets the last."""
    prices = [1.0 + n / 100 for n in range(3)]
    for price in prices:
        shop.catalog(price)
    threads = [Thread(target=publish, args=(shop.catalog(p), address)) for p in prices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.pull(address=address)[:2] == ("installed", 3)
    assert shop.pull(address=address)[:2] == ("unchanged", 3)
    with pytest.raises(PublishError, match="s3://none/x: "):
        publish(shop.catalog(), "s3://none/x")
