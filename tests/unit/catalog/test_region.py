"""`region.yaml`: what it says to sessions and runs, and what it may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.catalog.region import (
    Region,
    certificates,
    environment,
    load_region,
    proxy_variables,
)
from archipel.errors import ArchipelError
from archipel.names import IMAGE_AUTHORITIES
from support.source import ROOT

PEM = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n"
WHOLE = """\
images:
  prefix: registre.interieur.exemple:5000/archipel/
  root: registre.interieur.exemple/debian:bookworm-slim
  pull_secrets: [registre-archipel]
authorities: autorites.pem
proxy:
  http: http://mandataire.exemple:3128
  https: http://mandataire.exemple:3128
  none: [localhost, .interieur.exemple, 10.0.0.0/8]
  credentials: mandataire.secret
mirrors:
  pip: https://miroir.exemple/simple
  npm: https://miroir.exemple/npm
  debian: https://miroir.exemple/debian
  debian_security: https://miroir.exemple/debian-security
"""


def region(folder: Path, text: str) -> Region:
    (folder / "region.yaml").write_text(text, encoding="utf-8")
    return load_region(folder)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ArchipelError) as caught:
        region(folder, text)
    return str(caught.value)


def test_without_a_file_everything_is_the_default(tmp_path: Path) -> None:
    assert load_region(tmp_path) == Region()
    assert environment(Region()) == {}


def test_the_file_of_this_project_says_nothing_yet() -> None:
    assert load_region(ROOT) == Region()


def test_its_example_is_valid_once_uncommented(tmp_path: Path) -> None:
    (tmp_path / "autorites.pem").write_text(PEM)
    text = (ROOT / "region.yaml").read_text(encoding="utf-8").partition("#\n")[2]
    told = region(tmp_path, "".join(line[2:] + "\n" for line in text.splitlines()))
    assert told.images.prefix == "registre.interieur.exemple/archipel/"
    assert told.mirrors.npm == "https://miroir.interieur.exemple/npm"


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "autorites.pem").write_text(f"Une autorité\n{PEM}Une autre\n{PEM}")
    told = region(tmp_path, WHOLE)
    assert told.images.registry
    assert told.authorities == tmp_path / "autorites.pem"
    assert told.proxy.credentials == tmp_path / "mandataire.secret"
    assert certificates(told) == [PEM, PEM]
    file = IMAGE_AUTHORITIES
    assert environment(told) == {
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"), file),
        **dict.fromkeys(("GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE"), file),
        **dict.fromkeys(("HTTP_PROXY", "http_proxy"), "http://mandataire.exemple:3128"),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://mandataire.exemple:3128"),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,.interieur.exemple,10.0.0.0/8"),
        "PIP_INDEX_URL": "https://miroir.exemple/simple",
        "UV_DEFAULT_INDEX": "https://miroir.exemple/simple",
        "NPM_CONFIG_REGISTRY": "https://miroir.exemple/npm",
    }
    assert environment(told, "/etc/region.pem")["SSL_CERT_FILE"] == "/etc/region.pem"


def test_a_password_is_quoted_and_only_where_it_is_asked_for() -> None:
    proxy = Region.model_validate({"proxy": {"https": "http://mandataire.exemple:3128"}}).proxy
    assert proxy_variables(proxy)["HTTPS_PROXY"] == "http://mandataire.exemple:3128"
    told = proxy_variables(proxy, "agent:p@ss:é/")
    assert told["HTTPS_PROXY"] == "http://agent:p%40ss%3A%C3%A9%2F@mandataire.exemple:3128"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mirors: {}\n", "region.yaml:1:mirors: clé inconnue « mirors »"),
        ("mirors: {}\n", "La plus proche est « mirrors »."),
        ("proxy:\n  htps: http://a.exemple\n", "region.yaml:2:proxy.htps: clé inconnue « htps »"),
        ("proxy:\n  https: mandataire.exemple\n", "region.yaml:2:proxy.https: adresse http:// ou https://"),
        ("proxy:\n  https: http://a:secret@b.exemple\n", "pas de mot de passe dans une adresse"),
        ("mirrors:\n  pip: https://jeton@b.exemple/simple\n", "pas de mot de passe dans une adresse"),
        ("proxy:\n  http: http://b.exemple:99999\n", "adresse http:// ou https://"),
        ("images:\n  prefix: registre.exemple/archipel\n", "« / » à la fin"),
        ("images:\n  prefix: https://registre.exemple/\n", "region.yaml:2:images.prefix"),
        ("images:\n  root: debian\n", "une image se nomme avec son étiquette"),
        ("images:\n  root: debian:latest\n", "pas « latest »"),
        ("images:\n  pull_secrets: [A_B]\n", "region.yaml:2:images.pull_secrets.0: forme refusée"),
        ("images:\n  pull_secrets: registre\n", "liste attendue"),
        ("mirrors:\n  debian: https://m.exemple/debian\n", "pas d’image sans correctifs"),
        ("authorities: absent.pem\n", "region.yaml:1:authorities: aucun certificat PEM lisible"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    found = refused(tmp_path, text)
    assert told in found
    assert "secret@" not in found
