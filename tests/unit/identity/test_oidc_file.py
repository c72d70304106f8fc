"""`oidc.yaml`: each fault told where it is, nothing guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.errors import Failed, Refusals, Refused
from archipel.identity.oidc import Oidc, demand_files, load_oidc
from archipel.identity.provider import described

GOOD = """\
name: ProConnect
issuer: https://id.example.gouv.fr/api/v2
client_id: archipel
client_secret_file: secret
everyone: true
"""


def test_the_files_that_it_names_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "oidc.yaml").write_text(GOOD + "ca_bundle: ac.pem\n")
    (tmp_path / "secret").write_text("un secret\n")
    found = load_oidc(tmp_path / "oidc.yaml")
    assert found.secret() == "un secret"
    assert found.ca_bundle == str(tmp_path / "ac.pem")
    assert found.is_proconnect
    with pytest.raises(Refused, match=r"ac\.pem"):
        demand_files(found)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "client_id: archipel\n",
            "client_id: archipel\nclient_secret: x\n",
            "oidc.yaml:4:client_secret: clé",
        ),
        ("everyone: true\n", "", "oidc.yaml:1: qui entre"),
        ("everyone: true\n", "everyone: true\nallowed_groups: [agents]\n", "oidc.yaml:1: qui entre"),
        ("everyone: true\n", "allowed_groups: [Agents]\n", "oidc.yaml:5:allowed_groups.0"),
        ("https://id.example.gouv.fr/api/v2", "http://id.example.gouv.fr", "oidc.yaml:2:issuer"),
        ("https://id.example.gouv.fr/api/v2", "https://x.fr/?a=1", "oidc.yaml:2:issuer"),
        ("everyone: true\n", "everyone: true\nscopes: [email]\n", "oidc.yaml:6:scopes"),
        ("everyone: true\n", "everyone: true\nalgorithms: [none]\n", "« none » refusé"),
        ("everyone: true\n", "everyone: true\nalgorithms: [HS256]\n", "« HS256 » refusé"),
        ("everyone: true\n", "everyone: true\nalgorithms: []\n", "oidc.yaml:6:algorithms"),
        ("everyone: true\n", "everyone: true\ncheck_seconds: 0\n", "oidc.yaml:6:check_seconds"),
        ("name: ProConnect\n", "", "oidc.yaml:1:name: valeur manquante"),
        ("everyone: true\n", "everyone: true\nproxy: http://a:b@m.fr:3128\n", "oidc.yaml:6:proxy"),
        ("everyone: true\n", "everyone: true\nproxy: m.fr\n", "oidc.yaml:6:proxy"),
    ],
)
def test_faults_are_told_where_they_are(tmp_path: Path, before: str, after: str, told: str) -> None:
    (tmp_path / "oidc.yaml").write_text(GOOD.replace(before, after))
    with pytest.raises(Refusals) as refused:
        load_oidc(tmp_path / "oidc.yaml")
    assert told in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n \n", None])
def test_a_secret_that_is_not_there(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "oidc.yaml").write_text(GOOD)
    if content is not None:
        (tmp_path / "secret").write_text(content)
    with pytest.raises(Refused) as refused:
        demand_files(load_oidc(tmp_path / "oidc.yaml"))
    assert refused.value.code == "oidc.secret"


OIDC = Oidc(name="Essai", issuer="https://id.fr/a", client_id="a", client_secret_file="s", everyone=True)
TOLD = {
    "issuer": "https://id.fr/a",
    "authorization_endpoint": "https://id.fr/auth",
    "token_endpoint": "https://id.fr/token",
    "userinfo_endpoint": "https://id.fr/me",
    "jwks_uri": "https://id.fr/jwks",
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"issuer": "https://id.fr/a/"}, "oidc.issuer"),
        ({"issuer": None}, "oidc.issuer"),
        ({"token_endpoint": None}, "oidc.endpoint"),
        ({"jwks_uri": "http://id.fr/jwks"}, "oidc.endpoint"),
        ({"userinfo_endpoint": "http://localhost/me"}, "oidc.endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "oidc.endpoint"),
    ],
)
def test_the_description_is_of_the_provider_that_was_asked(changed: dict[str, str], code: str) -> None:
    assert described(OIDC, TOLD) == TOLD
    with pytest.raises(Failed) as failed:
        described(OIDC, TOLD | changed)
    assert failed.value.code == code
