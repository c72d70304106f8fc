"""Names that are valid everywhere and never collide (DNS labels, file names, system users).

Idea from kubespawner's ``slugs``: what is valid already stays as it is; what is changed gets a hash of
the original, so two different titles never share a name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

SLUG = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
"""Slug of a défi, execution, image, profile, group: a DNS label of at most 40 characters."""

PERSON = re.compile(r"[a-z]([a-z0-9._-]{0,30}[a-z0-9])?")
"""Account of a person: at most 32 characters, also valid as a system user."""


def scope_of_defi(slug: str) -> str:
    """What the pods of a défi marked « sensible » carry, and by which a policy finds them."""
    return f"defi-{slug}"


def scope_of_profile(slug: str) -> str:
    """The same for the sessions of a profile."""
    return f"profil-{slug}"


def is_slug(text: str) -> bool:
    return SLUG.fullmatch(text) is not None and "--" not in text


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    """The word that resembles most; "" where none does."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(words), n=1, cutoff=cutoff)), "")


def dns_label(text: str, limit: int = 63) -> str:
    """A DNS label made from any text; injective in practice (12 hexadecimal digits of SHA-256)."""
    if len(text) <= limit and re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", text) and "--" not in text:
        return text
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    safe = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    head = safe[: limit - len(digest) - 2].strip("-")
    if not head or not head[0].isalpha():
        head = f"x-{head}".strip("-")[: limit - len(digest) - 2].strip("-")
    # The double hyphen marks a changed name: no unchanged one has it.
    return f"{head}--{digest}"


def person_name(text: str, reserved: Iterable[str] = ()) -> str:
    """A name that `PERSON` accepts, made from any text; injective in practice, as `dns_label` is.

    ``reserved``: names that nobody may have.
    """
    if PERSON.fullmatch(text) and "--" not in text and text not in reserved:
        return text
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    # Of an address, the part before « @ » is what people know each other by; the hash holds the rest.
    safe = re.sub(r"[^a-z0-9.]+", "-", ascii_text.partition("@")[0]).strip(".-")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    head = safe[: 32 - len(digest) - 2].strip(".-")
    if not head or not head[0].isalpha():
        head = f"x-{head}"[: 32 - len(digest) - 2].strip(".-")
    return f"{head}--{digest}"


def task_name(run: str, attempt: int) -> str:
    """Name of the task of one attempt: ``run-<run id>-<attempt>``; starting it twice is harmless."""
    return dns_label(f"run-{run}-{attempt}")


def image_reference(prefix: str, image: str, lock: str, release: str = "") -> str:
    """Name of a container image: ``<prefix><image>:<lock>-<release>``.

    ``lock``: of its packages, the key of the embedded environment too. ``release``: hash of the platform's
    code; without it, the image of the packages alone, which nothing runs.
    """
    return f"{prefix}{image}:{lock}-{release}" if release else f"{prefix}{image}:{lock}"


IMAGE_USER = 1000
"""Account and group of a container image; any other does as well."""
IMAGE_HOME = "/home/archipel"
IMAGE_ENVIRONMENT = "/opt/archipel/environment"
IMAGE_CODE = "/opt/archipel/code"
IMAGE_CONTENT = "/opt/archipel/content"
IMAGE_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Where things are in every container image (`images/system/Dockerfile`)."""

POD_WORK = "/srv/archipel"
"""The one folder that the pod of a run or of a live dashboard writes: a volume of its own."""
