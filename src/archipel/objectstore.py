"""The client of an S3 store: one a process, patient for seconds, and its refusals in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from archipel.errors import ArchipelError, Unavailable
from archipel.texts import N_

ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
BLOCK = 8 * 1024**2
"""Bytes of one part of a large object: a writer, or a reader, holds little more of it in memory."""
CONNECT_SECONDS, ANSWER_SECONDS = 5, 120
"""A store joins the parts of a large object before it answers."""
TRIES = 3
BUSY = (408, 429)
"""HTTP statuses of a store that asks to come again."""
KEYS = N_(
    "Vérifiez le Secret de store.existingSecret (s3-credentials, s3-config), et les droits de ce compte."
)
BUCKET = N_("Créez-le, ou corrigez store.url.")
SILENT = N_("Vérifiez « endpoint_url » (s3-config), et networkPolicy.store s’il est hors du cluster.")
TRUST = N_(
    "Donnez à region.yaml l’autorité qui l’a signé (authorities) et refaites les images ; le nom de "
    "« endpoint_url » (s3-config) doit être le sien."
)


@cache
def filesystem() -> Any:
    """Its endpoint and keys are files (``AWS_CONFIG_FILE``, ``AWS_SHARED_CREDENTIALS_FILE``).

    fsspec would keep one a thread, each with connections and a model of the service of its own.
    """
    import s3fs

    made = s3fs.S3FileSystem(
        skip_instance_cache=True,
        # What another process wrote a moment ago is there: no listing is believed for longer.
        use_listings_cache=False,
        default_block_size=BLOCK,
        config_kwargs={
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            # s3fs tries again by itself.
            "retries": {"total_max_attempts": 1},
        },
    )
    made.retries = TRIES
    return made


@contextmanager
def speaking(url: str) -> Iterator[None]:
    """What the client raises inside, as `Unavailable`; an absent file stays `FileNotFoundError`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ArchipelError:
        raise
    except (OSError, BotoCoreError, ClientError) as error:
        code, status = _answer(error)
        if code == "NoSuchBucket":
            raise Unavailable(
                "store.bucket", "le magasin d’objets n’a pas ce seau", where=url, hint=BUCKET
            ) from error
        if isinstance(error, ABSENT):
            raise
        # Servers have codes of their own for keys that they do not know.
        refuses = 400 <= status < 500 and status not in BUSY
        if refuses or isinstance(error, PermissionError) or "Credentials" in type(error).__name__:
            raise Unavailable(
                "store.refused",
                "le magasin d’objets refuse ces clés ({reason})",
                where=url,
                hint=KEYS,
                reason=code or _said(error),
            ) from error
        if doubt := _doubt(error):
            raise Unavailable(
                "store.untrusted",
                "le certificat du magasin d’objets n’est pas reconnu ({reason})",
                where=url,
                hint=TRUST,
                reason=doubt,
            ) from error
        raise Unavailable(
            "store.silent",
            "le magasin d’objets ne répond pas ({reason})",
            where=url,
            hint=SILENT,
            reason=_said(error),
        ) from error


def _answer(error: BaseException) -> tuple[str, int]:
    """The store's own code and HTTP status, wherever the client put them; ("", 0) where it did not answer."""
    for one in _causes(error):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return str(response.get("Error", {}).get("Code", "")), int(status)
    return "", 0


def _doubt(error: BaseException) -> str:
    """Why its certificate is not believed, as OpenSSL says it; "" where that is not the matter."""
    found = (getattr(one, "verify_message", "") for one in _causes(error))
    return next(filter(None, found), "")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _said(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1][:200]
