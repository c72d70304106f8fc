"""The database in TLS, against a real PostgreSQL: believed by the region's authorities, and by them alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archipel import cluster
from archipel.catalog.region import authority_variables
from archipel.cluster import prepared
from archipel.datafolder import DataFolder
from archipel.errors import Failed
from support.certificates import certified
from support.postgresql import ACCOUNT, PostgreSQL, available

pytestmark = pytest.mark.skipif(not available(), reason="needs root, and Debian's PostgreSQL")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DataFolder]:
    """The database of a platform whose Secret asks for its certificate; ``ca.crt``: who signed it."""
    made = PostgreSQL(tmp_path / "base", "127.0.0.1")
    for name, text in certified("localhost").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        shutil.chown(tmp_path / name, ACCOUNT)
        (tmp_path / name).chmod(0o600)
    made.start(f"-c ssl=on -c ssl_cert_file={tmp_path}/tls.crt -c ssl_key_file={tmp_path}/tls.key")
    data = DataFolder(tmp_path / "donnees")
    data.secrets.mkdir(parents=True)
    url = made.url.replace("@127.0.0.1:", "@localhost:")
    (data.secrets / "database").write_text(f"{url}?sslmode=verify-full", encoding="utf-8")
    yield data
    made.stop()


def test_the_region_s_authorities_vouch_for_it(
    place: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the images, whose environment is these variables (`tests/unit/deploy/test_dockerfiles.py`)."""
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.0)

    def trust(authorities: Path) -> None:
        for name, value in authority_variables(str(authorities)).items():
            monkeypatch.setenv(name, value)

    other = tmp_path / "autre.crt"
    other.write_text(certified("localhost")["ca.crt"], encoding="utf-8")
    trust(other)
    with pytest.raises(Failed, match="SSL error"), prepared(place, "essai"):
        pytest.fail("believed by an authority that did not sign it")
    trust(tmp_path / "ca.crt")
    with prepared(place, "essai") as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            ciphered = sa.text("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
            assert connection.scalar(ciphered) is True
