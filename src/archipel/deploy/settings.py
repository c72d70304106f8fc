"""What a build must be told of where it runs — mirrors, proxy, authorities — and no image may keep.

Each text is mounted as a secret: `images/*/Dockerfile` reads ``/run/secrets/settings`` before it fetches.
The region's words win over the machine's (pip's configuration, the usual variables).
"""

from __future__ import annotations

import shlex
import ssl
from collections.abc import Mapping
from pathlib import Path

from archipel.catalog.region import (
    Mirrors,
    Region,
    authority_variables,
    certificates,
    mirror_variables,
    proxy_variables,
)
from archipel.errors import Refused

MOUNTED = "/run/secrets"
SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PIP = {
    "index-url": "PIP_INDEX_URL",
    "extra-index-url": "PIP_EXTRA_INDEX_URL",
    "trusted-host": "PIP_TRUSTED_HOST",
    "proxy": "PIP_PROXY",
    "default-timeout": "PIP_DEFAULT_TIMEOUT",
    "timeout": "PIP_DEFAULT_TIMEOUT",
    "no-index": "PIP_NO_INDEX",
}
_TAKEN = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NPM_CONFIG_REGISTRY")


def build_settings(region: Region, pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Mount → text. ``pip``: pip's settings on this machine; ``environ``: its variables."""
    authorities = build_authorities(region, pip, environ)
    variables = {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "APT_CONFIG": f"{MOUNTED}/apt",
        **machine_variables(pip, environ),
        **proxy_variables(region.proxy, credentials(region)),
        **mirror_variables(region.mirrors),
        **authority_variables(f"{MOUNTED}/authorities" if authorities else ""),
    }
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())]
    return {
        "settings": "".join(lines),
        "apt": apt_configuration(region.mirrors, bool(authorities)),
        "sources": debian_sources(region.mirrors),
        "authorities": authorities,
    }


def machine_variables(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """What this machine says of the network. Folders of wheels stay out: a build sees none of its files."""
    told = {name: pip[key] for key, name in _PIP.items() if pip.get(key)}
    links = [word for word in pip.get("find-links", "").split() if "://" in word]
    if links:
        told["PIP_FIND_LINKS"] = " ".join(links)
    for name in _TAKEN:
        if value := environ.get(name) or environ.get(name.lower()):
            told |= {name: value, name.lower(): value}
    return told


def build_authorities(region: Region, pip: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """The authorities that this machine trusts, then the region's, as one PEM text."""
    default = ssl.get_default_verify_paths().cafile or ""
    for name in (pip.get("cert"), environ.get("SSL_CERT_FILE"), default):
        if name and Path(name).is_file():
            text = Path(name).read_text(encoding="ascii", errors="replace")
            return "".join([text.rstrip("\n") + "\n", *certificates(region)])
    return "".join(certificates(region))


def credentials(region: Region) -> str:
    """``account:password`` of the region's proxy; "" where it asks for none."""
    path = region.proxy.credentials
    if path is None:
        return ""
    try:
        told = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(
            "region.credentials",
            "le fichier du mot de passe du mandataire ne se lit pas : {reason}",
            where=str(path),
            hint="Il contient « compte:mot de passe » sur une ligne, lisible par vous seul.",
            reason=error.strerror or "",
        ) from None
    if ":" not in told or "\n" in told:
        raise Refused(
            "region.credentials-form", "une ligne « compte:mot de passe » est attendue", where=str(path)
        )
    return told


def apt_configuration(mirrors: Mirrors, authorities: bool) -> str:
    lines = ['APT::Sandbox::User "root";']  # its own user could read none of the mounted files
    if authorities:
        lines.append(f'Acquire::https::CaInfo "{MOUNTED}/authorities";')
    if mirrors.debian:
        lines += [f'Dir::Etc::sourcelist "{MOUNTED}/sources";', 'Dir::Etc::sourceparts "-";']
    return "\n".join(lines) + "\n"


def debian_sources(mirrors: Mirrors) -> str:
    """Debian's packages from the region's mirrors; "" where the root image's own sources serve."""
    if not mirrors.debian:
        return ""
    pairs = [(mirrors.debian, SUITE), (mirrors.debian, f"{SUITE}-updates")]
    pairs.append((mirrors.debian_security or "", f"{SUITE}-security"))
    return "".join(f"deb [signed-by={KEYRING}] {address} {suite} main\n" for address, suite in pairs)
