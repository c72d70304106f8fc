"""A provider's signed tokens: read only once their signature and their addressee are sure (PyJWT)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from archipel.errors import Refused
from archipel.texts import N_

LEEWAY = 30
"""Seconds that the two clocks may differ."""
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""First letters of an algorithm → the type of its keys. No other pair is tried."""
MAX_TOKEN = 64 * 1024


class Untrusted(Refused):
    """What the provider sent cannot be believed (HTTP 403)."""

    http_status = 403


def untrusted(reason: str, **values: Any) -> Untrusted:
    return Untrusted(
        "oidc.untrusted",
        reason,
        hint="Reconnectez-vous ; si cela recommence, parlez-en à qui administre cet espace.",
        **values,
    )


def header_of(token: Any, algorithms: Sequence[str]) -> tuple[str, str]:
    """(algorithm, key's name) that a token says; the algorithm is one of the accepted. Raises `Untrusted`."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN:
        raise untrusted(N_("le fournisseur d’identité n’a pas envoyé de jeton signé"))
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise untrusted(N_("le fournisseur d’identité n’a pas envoyé de jeton signé")) from None
    algorithm, name = str(header.get("alg", "")), header.get("kid", "")
    if algorithm not in algorithms:
        raise untrusted(
            N_("jeton signé par « {got} » ; acceptés : {accepted}"),
            got=algorithm[:20],
            accepted=", ".join(algorithms),
        )
    return algorithm, name if isinstance(name, str) else ""


def matching(keys: Sequence[Mapping[str, Any]], algorithm: str, name: str) -> list[Mapping[str, Any]]:
    """The keys that may have signed: of the algorithm's type, for signing, of that name where one is said."""
    kind = KINDS[algorithm[:2]]
    fit = [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (not name or key.get("kid", name) == name)
    ]
    # Without a name, only one key can be meant.
    return fit if name or len(fit) == 1 else []


def verified(
    token: str,
    key: Mapping[str, Any],
    algorithm: str,
    *,
    issuer: str,
    client_id: str,
    required: Sequence[str] = ("iss", "aud", "exp", "iat", "sub"),
) -> dict[str, Any]:
    """The claims of a token signed by ``key``, from ``issuer``, for us, still good. Raises `Untrusted`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(dict(key), algorithm=algorithm).key,
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": list(required)},
        )
    except jwt.ExpiredSignatureError:
        raise untrusted(
            N_("le jeton du fournisseur d’identité est périmé ; l’heure des machines ?")
        ) from None
    except jwt.ImmatureSignatureError:
        raise untrusted(
            N_("le jeton du fournisseur d’identité est daté du futur ; l’heure des machines ?")
        ) from None
    except jwt.InvalidAudienceError:
        raise untrusted(N_("le jeton du fournisseur d’identité est pour un autre service")) from None
    except jwt.InvalidIssuerError:
        raise untrusted(N_("le jeton vient d’un autre émetteur que {issuer}"), issuer=issuer) from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise untrusted(N_("la signature du jeton du fournisseur d’identité n’est pas bonne")) from None
    audience, party = claims["aud"], claims.get("azp")
    if party not in (None, client_id) or (isinstance(audience, list) and len(audience) > 1 and party is None):
        raise untrusted(N_("le jeton du fournisseur d’identité est pour un autre service"))
    return claims


def check_sign_in(claims: Mapping[str, Any], nonce: str, acr_values: Sequence[str]) -> None:
    """The id_token is of this very sign-in, and of a strength that is accepted. Raises `Untrusted`."""
    told = claims.get("nonce")
    if not nonce or not isinstance(told, str) or not secrets.compare_digest(told.encode(), nonce.encode()):
        raise untrusted(N_("le jeton n’est pas celui de cette connexion (« nonce »)"))
    if acr_values and claims.get("acr") not in acr_values:
        raise untrusted(
            N_("connexion de force insuffisante : « {got} » (acceptées : {accepted})"),
            got=str(claims.get("acr"))[:40],
            accepted=", ".join(acr_values),
        )
