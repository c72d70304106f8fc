"""The address of the database, as the platform's parts are given it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from archipel.cluster import VANISHED, database_url
from archipel.datafolder import DataFolder
from archipel.errors import Refused

IMAGE = "/etc/ssl/certs/ca-certificates.crt"


def settings(tmp_path: Path, query: str) -> dict[str, str]:
    """What libpq is told beside who, where and which base."""
    data = DataFolder(tmp_path)
    data.secrets.mkdir()
    (data.secrets / "database").write_text(f"postgresql://a:b%2F@base.exemple/archipel{query}\n")
    url = database_url(data, "hub")
    assert url.startswith("postgresql+psycopg://a:b%2F@base.exemple/archipel?")
    told = parse_qs(urlsplit(url).query)
    assert all(len(values) == 1 for values in told.values())
    return {name: value for name, (value,) in told.items()}


@pytest.mark.parametrize(
    ("query", "image", "authorities"),
    [
        ("", IMAGE, None),
        ("?sslmode=require", IMAGE, None),
        ("?sslmode=verify-full", IMAGE, IMAGE),
        ("?sslmode=verify-ca", IMAGE, IMAGE),
        ("?sslmode=verify-full&sslrootcert=/data/secrets/ac.pem", IMAGE, "/data/secrets/ac.pem"),
        ("?sslrootcert=system&sslmode=verify-full", IMAGE, "system"),
        ("?sslmode=verify-full", "", None),
    ],
)
def test_who_vouches_for_a_database_whose_certificate_is_asked_for(
    query: str, image: str, authorities: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", image)
    assert settings(tmp_path, query).get("sslrootcert") == authorities


def test_the_operator_s_settings_stay_and_the_others_are_added(tmp_path: Path) -> None:
    told = settings(tmp_path, "?connect_timeout=30&application_name=essai")
    ours = {name: str(value) for name, value in VANISHED.items()}
    assert told == ours | {
        "connect_timeout": "30",
        "application_name": "essai",
        "options": "-csearch_path=hub",
    }


@pytest.mark.parametrize("address", ["mysql://a:b@base/archipel", "postgresql://a:b@base", "", "base"])
def test_what_names_no_base_is_refused_without_its_password(address: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "database").write_text(address)
    with pytest.raises(Refused) as refused:
        database_url(DataFolder(tmp_path), "hub")
    assert "a:b" not in str(refused.value)
