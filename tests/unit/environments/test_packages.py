"""pip's configuration, told to uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.environments.packages import read_pip_settings, uv_settings

LISTING = """\
:env:.cert='/etc/ssl/certs/ca.crt'
:env:.disable-pip-version-check='1'
global.index-url='https://miroir.exemple/simple'
global.proxy='http://mandataire.exemple:3128'
install.extra-index-url='\\nhttps://a.exemple\\nhttps://b.exemple'
freeze.timeout='10'
"""


def test_listing_of_pip_is_read() -> None:
    assert read_pip_settings(LISTING) == {
        "cert": "/etc/ssl/certs/ca.crt",
        "disable-pip-version-check": "1",
        "index-url": "https://miroir.exemple/simple",
        "proxy": "http://mandataire.exemple:3128",
        "extra-index-url": " https://a.exemple https://b.exemple",
    }


def test_variables_win_over_files_whatever_their_order() -> None:
    listing = ":env:.index-url='https://env.exemple'\nglobal.index-url='https://fichier.exemple'\n"
    assert read_pip_settings(listing)["index-url"] == "https://env.exemple"


def test_settings_become_variables_of_uv() -> None:
    assert uv_settings(read_pip_settings(LISTING), {}) == {
        "SSL_CERT_FILE": "/etc/ssl/certs/ca.crt",
        "UV_DEFAULT_INDEX": "https://miroir.exemple/simple",
        "ALL_PROXY": "http://mandataire.exemple:3128",
        "UV_INDEX": "https://a.exemple https://b.exemple",
    }


def test_what_is_set_for_uv_stays() -> None:
    assert uv_settings({"index-url": "https://pip.exemple"}, {"UV_DEFAULT_INDEX": "https://uv.exemple"}) == {}


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_of_wheels_that_is_not_there_is_passed_by(tmp_path: Path, there: bool) -> None:
    folder = tmp_path if there else tmp_path / "absent"
    expected = f"https://roues.exemple,{folder}" if there else "https://roues.exemple"
    told = uv_settings({"find-links": f"https://roues.exemple {folder}"}, {})
    assert told == {"UV_FIND_LINKS": expected}
