"""`region.yaml`: where a deployment stands — its registry, its authorities, its proxy, its mirrors.

Everything in it is optional. No password is written there: addresses that hold one are refused, and the
proxy's comes from a file of its own, which only the building of images reads.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from archipel.catalog.load import read_model
from archipel.catalog.models import Model
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.names import IMAGE_AUTHORITIES
from archipel.texts import translate as _

REGION = "region.yaml"
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----\n?", re.S)


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(_("adresse http:// ou https:// attendue"))
    if parts.username or parts.password:
        raise ValueError(_("pas de mot de passe dans une adresse : « proxy.credentials » nomme un fichier"))
    return value


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9._/-]|:[0-9]+/)*/", value) or "//" in value:
        raise ValueError(_("attendu : minuscules, un registre puis un dossier, « / » à la fin"))
    return value


def _image(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9._/-]|:[0-9]+/)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?", value):
        raise ValueError(_("nom d’image attendu, avec son étiquette ou son empreinte"))
    if ":" not in value.rpartition("/")[2] or value.endswith(":latest"):
        raise ValueError(_("une image se nomme avec son étiquette (pas « latest ») ou son empreinte"))
    return value


Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.*:/_-]+$", max_length=253)]
SecretObject = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


class RegionImages(Model):
    """Names of the container images. The default prefix is no registry's: what is not there is not pulled."""

    prefix: Annotated[str, AfterValidator(_prefix)] = "localhost/archipel/"
    root: Annotated[str, AfterValidator(_image)] = "docker.io/library/debian:bookworm-slim"
    pull_secrets: tuple[SecretObject, ...] = ()

    @property
    def registry(self) -> bool:
        """Whether the prefix names a registry that images can be pushed to."""
        return not self.prefix.startswith("localhost/")


class Proxy(Model):
    """``credentials``: file that holds ``account:password``, read only when images are built."""

    http: Address | None = None
    https: Address | None = None
    none: tuple[Host, ...] = Field(default=(), description="Hosts reached without the proxy")
    credentials: Path | None = None


class Mirrors(Model):
    """Addresses used in place of the public ones."""

    pip: Address | None = None
    npm: Address | None = None
    debian: Address | None = None
    debian_security: Address | None = None

    @model_validator(mode="after")
    def _security_too(self) -> Mirrors:
        if (self.debian is None) != (self.debian_security is None):
            raise ValueError(
                _("« debian » et « debian_security » se donnent ensemble : pas d’image sans correctifs")
            )
        return self


class Region(Model):
    images: RegionImages = RegionImages()
    authorities: Path | None = Field(default=None, description="PEM file; relative to this one")
    proxy: Proxy = Proxy()
    mirrors: Mirrors = Mirrors()


def load_region(content: Path) -> Region:
    """``<content>/region.yaml``, its paths made absolute; the defaults where it is absent.

    Raises `Refusals`, `Refused`.
    """
    path = content / REGION
    if not path.exists():
        return Region()
    errors: list[ArchipelError] = []
    region, tree = read_model(path, content, Region, errors)
    if region is None or tree is None or errors:
        raise Refusals(errors)
    proxy = region.proxy
    if proxy.credentials is not None:
        proxy = proxy.model_copy(update={"credentials": content / proxy.credentials})
    told = region.model_copy(update={"proxy": proxy})
    if region.authorities is not None:
        told = told.model_copy(update={"authorities": content / region.authorities})
        if not certificates(told):
            raise Refused(
                "region.authorities",
                "aucun certificat PEM lisible dans « {path} »",
                where=tree.place(("authorities",)),
                hint="Le fichier contient « -----BEGIN CERTIFICATE----- » ; son chemin part du dossier de "
                "region.yaml.",
                path=region.authorities,
            )
    return told


def certificates(region: Region) -> list[str]:
    """The authorities of the region, one PEM text each."""
    if region.authorities is None:
        return []
    try:
        text = region.authorities.read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return [found.rstrip("\n") + "\n" for found in CERTIFICATE.findall(text.replace("\r\n", "\n"))]


def environment(region: Region, authorities: str = "") -> dict[str, str]:
    """What sessions, runs and dashboards are told of the region, as variables; no password is among them.

    ``authorities``: file of the trusted authorities where the process runs (`IMAGE_AUTHORITIES` in a
    container image, the region's own file on one machine); by default, only where the region has some.
    """
    file = authorities or (IMAGE_AUTHORITIES if region.authorities else "")
    return {**authority_variables(file), **proxy_variables(region.proxy), **mirror_variables(region.mirrors)}


def authority_variables(file: str) -> dict[str, str]:
    """Each of these programs has its own idea of whom to trust."""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT")
    return dict.fromkeys((*names, "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE"), file) if file else {}


def proxy_variables(proxy: Proxy, credentials: str = "") -> dict[str, str]:
    """In capitals and not: programs agree on neither. ``credentials``: ``account:password``, not quoted."""
    told = {
        name: _with_credentials(address, credentials)
        for name, address in (("HTTP_PROXY", proxy.http), ("HTTPS_PROXY", proxy.https))
        if address
    }
    if told and proxy.none:
        told["NO_PROXY"] = ",".join(proxy.none)
    return told | {name.lower(): value for name, value in told.items()}


def mirror_variables(mirrors: Mirrors) -> dict[str, str]:
    pairs = (
        ("PIP_INDEX_URL", mirrors.pip),
        ("UV_DEFAULT_INDEX", mirrors.pip),
        ("NPM_CONFIG_REGISTRY", mirrors.npm),
    )
    return {name: value for name, value in pairs if value}


def _with_credentials(address: str, credentials: str) -> str:
    if not credentials:
        return address
    account, _colon, password = credentials.partition(":")
    parts = urlsplit(address)
    told = f"{quote(account, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=told))
