"""What a build is told of the network: the region's words first, and never what an image keeps."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from archipel.catalog.region import Region
from archipel.deploy.settings import build_settings, debian_sources, machine_variables
from archipel.environments.packages import read_pip_settings
from archipel.errors import Refused

PEM = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n"
MINE = "-----BEGIN CERTIFICATE-----\nTWluZQ==\n-----END CERTIFICATE-----\n"
LISTING = """\
:env:.find-links='/srv/wheels https://m.exemple/wheels'
global.cert='{cert}'
global.index-url='https://jeton@machine.exemple/simple'
global.timeout='180'
"""


def exported(text: str) -> dict[str, str]:
    words = [shlex.split(line)[1] for line in text.splitlines()]
    return dict(word.split("=", 1) for word in words)


def test_pip_s_configuration_passes_through(tmp_path: Path) -> None:
    cert = tmp_path / "machine.pem"
    cert.write_text(MINE)
    told = build_settings(
        Region(), read_pip_settings(LISTING.format(cert=cert)), {"http_proxy": "http://p:1"}
    )
    variables = exported(told["settings"])
    assert variables["PIP_INDEX_URL"] == "https://jeton@machine.exemple/simple"
    assert variables["PIP_DEFAULT_TIMEOUT"] == "180"
    # A build sees none of this machine's folders.
    assert variables["PIP_FIND_LINKS"] == "https://m.exemple/wheels"
    assert variables["HTTP_PROXY"] == variables["http_proxy"] == "http://p:1"
    assert variables["PIP_CERT"] == variables["REQUESTS_CA_BUNDLE"] == "/run/secrets/authorities"
    assert told["authorities"] == MINE


def test_the_region_s_words_win(tmp_path: Path) -> None:
    cert, region_cert, secret = tmp_path / "machine.pem", tmp_path / "region.pem", tmp_path / "secret"
    cert.write_text(MINE)
    region_cert.write_text(PEM)
    secret.write_text("agent:it's secret\n")
    region = Region.model_validate(
        {
            "authorities": region_cert,
            "proxy": {"https": "http://mandataire.exemple:3128", "credentials": secret},
            "mirrors": {"pip": "https://region.exemple/simple"},
        }
    )
    told = build_settings(
        region, {"index-url": "https://m.exemple/simple", "cert": str(cert)}, {"HTTPS_PROXY": "x"}
    )
    variables = exported(told["settings"])
    assert variables["PIP_INDEX_URL"] == "https://region.exemple/simple"
    assert variables["HTTPS_PROXY"] == "http://agent:it%27s%20secret@mandataire.exemple:3128"
    assert told["authorities"] == f"{MINE}{PEM}"


def test_debian_comes_from_the_mirrors_or_from_the_root_s_own_sources() -> None:
    pair = {"debian": "https://m.exemple/debian", "debian_security": "https://m.exemple/security"}
    region = Region.model_validate({"mirrors": pair})
    told = build_settings(region, {}, {})
    assert 'Dir::Etc::sourcelist "/run/secrets/sources";' in told["apt"]
    assert [line.split()[2:4] for line in told["sources"].splitlines()] == [
        ["https://m.exemple/debian", "bookworm"],
        ["https://m.exemple/debian", "bookworm-updates"],
        ["https://m.exemple/security", "bookworm-security"],
    ]
    plain = build_settings(Region(), {}, {})
    assert plain["sources"] == debian_sources(Region().mirrors) == ""
    assert "sourcelist" not in plain["apt"]


def test_nothing_else_of_the_machine_is_told() -> None:
    assert machine_variables({"user": "yes"}, {"AWS_SECRET_ACCESS_KEY": "x", "PATH": "/bin"}) == {}


@pytest.mark.parametrize("text", [None, "sans deux-points", "a:b\nc:d"])
def test_a_password_s_file_that_is_wrong(tmp_path: Path, text: str | None) -> None:
    secret = tmp_path / "secret"
    if text is not None:
        secret.write_text(text)
    region = Region.model_validate({"proxy": {"https": "http://m.exemple", "credentials": secret}})
    with pytest.raises(Refused) as caught:
        build_settings(region, {}, {})
    assert "compte:mot de passe" in str(caught.value)
    assert "sans deux-points" not in str(caught.value)
