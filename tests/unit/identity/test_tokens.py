"""Signed tokens: every way in which one may be wrong, and the one in which it is right."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from archipel.identity.tokens import Untrusted, check_sign_in, header_of, matching, verified

ISSUER, CLIENT, ACCEPTED = "https://id.example.gouv.fr", "archipel", ("RS256", "ES256")
RSA_KEY = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
JWK = RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True) | {"kid": "a", "use": "sig"}
EC_JWK = ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True) | {"kid": "b"}
KEYS = [JWK, EC_JWK]


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "7f3a", "iat": now, "exp": now + 60, "nonce": "n" * 40}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(told: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", kid: str = "a") -> str:
    return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})


def read(token: Any) -> dict[str, Any]:
    algorithm, name = header_of(token, ACCEPTED)
    keys = matching(KEYS, algorithm, name)
    if not keys:
        raise LookupError(name)
    return verified(token, keys[0], algorithm, issuer=ISSUER, client_id=CLIENT)


def test_a_good_token_is_read_of_either_kind_of_key() -> None:
    assert read(signed(claims()))["sub"] == "7f3a"
    assert read(signed(claims(), EC_KEY, "ES256", "b"))["sub"] == "7f3a"
    assert read(signed(claims(aud=[CLIENT, "autre"], azp=CLIENT)))["sub"] == "7f3a"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "autre"},
        {"aud": ["autre"]},
        {"aud": [CLIENT, "autre"]},
        {"aud": CLIENT, "azp": "autre"},
        {"aud": None},
        {"iss": "https://id.example.gouv.fr/"},
        {"iss": None},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"exp": "demain"},
        {"iat": int(time.time()) + 600},
        {"iat": None},
        {"sub": None},
    ],
)
def test_claims_that_are_not_for_us_now(changed: dict[str, Any]) -> None:
    with pytest.raises(Untrusted):
        read(signed(claims(**changed)))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_signature_by_nobody_or_by_another() -> None:
    with pytest.raises(Untrusted, match="signature"):
        read(signed(claims(), STRANGER))
    header, _dot, rest = signed(claims()).partition(".")
    body, _dot, signature = rest.partition(".")
    with pytest.raises(Untrusted):
        read(f"{header}.{part(claims(sub='autre'))}.{signature}")
    for algorithm in ("none", "None", "nOnE", ""):
        with pytest.raises(Untrusted):
            read(f"{part({'alg': algorithm, 'kid': 'a'})}.{body}.")


def test_a_public_key_is_no_shared_secret() -> None:
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, json.dumps(JWK).encode()):
        text = f"{part({'alg': 'HS256', 'kid': 'a'})}.{part(claims())}"
        sealed = base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), "sha256")).rstrip(b"=").decode()
        with pytest.raises(Untrusted, match="HS256"):
            read(f"{text}.{sealed}")


@pytest.mark.parametrize("token", [None, 7, "", "a.b", "x" * 70_000, "é.é.é", {"alg": "RS256"}])
def test_what_is_no_token(token: Any) -> None:
    with pytest.raises(Untrusted):
        read(token)


def test_keys_are_told_apart() -> None:
    assert matching(KEYS, "RS256", "a") == [JWK]
    assert matching(KEYS, "RS256", "") == [JWK]
    assert matching(KEYS, "RS256", "b") == []
    assert matching([JWK, JWK | {"kid": "c"}], "RS256", "") == []
    assert matching([JWK | {"use": "enc"}], "RS256", "a") == []
    assert matching([{"kty": "oct", "k": "YQ", "kid": "a"}], "RS256", "a") == []


@pytest.mark.parametrize(
    "told", [{}, {"nonce": ""}, {"nonce": "m" * 40}, {"nonce": ["n" * 40]}, {"nonce": 1}]
)
def test_a_token_of_another_sign_in(told: dict[str, Any]) -> None:
    check_sign_in({"nonce": "n" * 40}, "n" * 40, ())
    with pytest.raises(Untrusted):
        check_sign_in(told, "n" * 40, ())
    with pytest.raises(Untrusted):
        check_sign_in({"nonce": ""}, "", ())


def test_a_sign_in_that_is_not_strong_enough() -> None:
    good = {"nonce": "n" * 40, "acr": "eidas2"}
    check_sign_in(good, "n" * 40, ("eidas2", "eidas3"))
    for acr in ("eidas1", None, ["eidas2"]):
        with pytest.raises(Untrusted):
            check_sign_in(good | {"acr": acr}, "n" * 40, ("eidas2", "eidas3"))
