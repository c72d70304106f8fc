"""The object store against a real S3 server (versitygw): what is written, refused, cut, and found again."""

from __future__ import annotations

import hashlib
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archipel import objectstore
from archipel.artifacts import BLOCK, Artifacts
from archipel.catalog.region import authority_variables
from archipel.cluster import await_store, try_store
from archipel.errors import NotFound, Unavailable
from support.certificates import certified
from support.gateway import Gateway, available

pytestmark = pytest.mark.skipif(
    not available(), reason="needs versitygw on the PATH (tests/cluster/kubernetes)"
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    made = Gateway(tmp_path_factory.mktemp("gateway"), "seau")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def store(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Artifacts]:
    """A store whose client reads its keys anew."""
    gateway.start()
    yield told(gateway.files(), monkeypatch)
    objectstore.filesystem.cache_clear()


def told(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, bucket: str = "seau") -> Artifacts:
    objectstore.filesystem.cache_clear()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(files["s3-credentials"]))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(files["s3-config"]))
    return Artifacts(f"s3://{bucket}/sous")


def test_what_is_put_is_read_listed_copied_and_removed(store: Artifacts) -> None:
    await_store(store.url)
    assert store.put("a/1/données é.csv", iter([b"un", b"deux"])) == hashlib.sha256(b"undeux").hexdigest()
    store.write("a/1/sous/vide", b"")
    assert store.read("a/1/données é.csv") == b"undeux"
    assert store.exists("a/1/sous/vide")
    assert not store.exists("a/1")
    assert not store.exists("a/2/rien")
    assert dict(store.files("a/1")) == {"données é.csv": 6, "sous/vide": 0}
    assert store.names("a/1") == ["données é.csv", "sous"]
    assert store.names("nulle/part") == []
    assert store.read("a/1") is None
    store.copy("a/1", "b")
    assert dict(store.files("b")) == dict(store.files("a/1"))
    store.remove("a/1")
    store.remove("a/1")
    assert store.names("a/1") == []
    with pytest.raises(NotFound):
        store.open("a/1/données é.csv")
    assert ".probe" not in store.names("")


def test_a_large_file_passes_without_being_held(store: Artifacts) -> None:
    """300 MB through this process: it holds a few blocks of it, written and read."""
    megabyte, count = os.urandom(1024**2), 300
    before = _peak()
    sent = store.put("grand/fichier", (megabyte for _turn in range(count)))
    digest, size = hashlib.sha256(), 0
    with store.open("grand/fichier") as stream:
        while chunk := stream.read(1024**2):
            digest.update(chunk)
            size += len(chunk)
    grown = _peak() - before
    print(f"300 MB written and read: {grown / 1024**2:.0f} MB more at the most")
    assert (digest.hexdigest(), size) == (sent, count * 1024**2)
    assert grown < 12 * BLOCK
    store.copy("grand", "copie")
    assert dict(store.files("copie")) == {"fichier": size}
    store.remove("grand")
    store.remove("copie")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("size", [10, 3 * BLOCK])
def test_what_is_cut_leaves_what_was_there(store: Artifacts, size: int) -> None:
    def cut() -> Iterator[bytes]:
        yield b"x" * size
        raise ConnectionResetError

    store.write(f"coupe/ancien-{size}", b"avant")
    for name in (f"ancien-{size}", f"neuf-{size}"):
        with pytest.raises(ConnectionResetError):
            store.put(f"coupe/{name}", cut())
    assert store.read(f"coupe/ancien-{size}") == b"avant"
    assert not store.exists(f"coupe/neuf-{size}")


def test_a_store_that_dies_is_told_and_comes_back(store: Artifacts, gateway: Gateway) -> None:
    store.write("mort/avant", b"avant")

    def dying() -> Iterator[bytes]:
        yield b"x" * (2 * BLOCK)
        gateway.kill()
        yield b"x" * (2 * BLOCK)

    for act in (
        lambda: store.put("mort/pendant", dying()),
        # Neither is « it is not there ».
        lambda: store.exists("mort/avant"),
        lambda: store.read("mort/avant"),
        lambda: store.names("mort"),
        lambda: list(store.files("mort")),
        lambda: store.write("mort/apres", b""),
    ):
        began = time.monotonic()
        with pytest.raises(Unavailable, match="ne répond pas"):
            act()
        assert time.monotonic() - began < 10
    gateway.start()
    assert dict(store.files("mort")) == {"avant": 5}


def test_wrong_keys_and_a_missing_bucket_are_told_at_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.start()
    began = time.monotonic()
    for files, bucket, words in (
        (gateway.files(secret="faux"), "seau", "refuse ces clés"),
        (gateway.files(access="inconnu"), "seau", "refuse ces clés"),
        (gateway.files(), "absent", "n’a pas ce seau"),
    ):
        url = told(files, monkeypatch, bucket).url
        with pytest.raises(Unavailable, match=words) as refused:
            await_store(url)
        assert refused.value.next_step()
        assert url in str(refused.value)
    assert time.monotonic() - began < 20
    objectstore.filesystem.cache_clear()


def test_a_silent_store_is_waited_for(
    store: Artifacts, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    gateway.kill()
    monkeypatch.setattr("archipel.cluster.PATIENCE_SECONDS", 2.0)
    with pytest.raises(Unavailable, match="ne répond pas"):
        await_store(store.url)
    monkeypatch.setattr("archipel.cluster.PATIENCE_SECONDS", 60.0)
    later = threading.Timer(2, gateway.start)
    later.start()
    await_store(store.url)
    later.join()


def test_the_region_s_authorities_vouch_for_a_store_in_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the images, whose environment is these variables (`tests/unit/deploy/test_dockerfiles.py`)."""
    import boto3

    for name, text in certified("localhost").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    gateway = Gateway(tmp_path, "seau")
    gateway.start("--cert", str(tmp_path / "tls.crt"), "--key", str(tmp_path / "tls.key"))
    try:
        files = gateway.files(url=f"https://localhost:{gateway.port}")
        url = told(files, monkeypatch).url
        with pytest.raises(Unavailable, match=r"n’est pas reconnu \(unable to get local issuer") as refused:
            # Nothing to wait for: a pod ends with it in its status.
            await_store(url)
        assert "region.yaml" in refused.value.next_step()
        objectstore.filesystem.cache_clear()
        for name, value in authority_variables(str(tmp_path / "ca.crt")).items():
            monkeypatch.setenv(name, value)
        try_store(url)
        # MLflow has a client of its own.
        assert boto3.Session().client("s3").list_objects_v2(Bucket="seau")["KeyCount"] == 0
    finally:
        gateway.kill()
        objectstore.filesystem.cache_clear()
