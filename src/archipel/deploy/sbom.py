"""The list of what an image holds, as CycloneDX 1.6 JSON, written by CycloneDX's own library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archipel.errors import Failed

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License

DISTRIBUTION = "debian-12"


def sbom(reference: str, inventory: Mapping[str, Any]) -> str:
    """CycloneDX text. ``inventory``: what `inside.inventory` found. Raises `Failed`."""
    try:
        from cyclonedx.model.bom import Bom
        from cyclonedx.model.component import Component, ComponentType
        from cyclonedx.output.json import JsonV1Dot6
    except ImportError:
        raise Failed(
            "image.no-cyclonedx",
            "la bibliothèque CycloneDX n’est pas installée",
            hint="« make install » l’installe.",
        ) from None
    components = list(_components(inventory))
    bom = Bom(components=components)
    name, _colon, version = reference.rpartition(":")
    image = Component(name=name, version=version, type=ComponentType.CONTAINER, bom_ref=reference)
    bom.metadata.component = image
    bom.register_dependency(image, components)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def problems(text: str) -> str:
    """What CycloneDX's own schema refuses of a text; "" where it accepts it."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if found is None else str(found.data)


def _components(inventory: Mapping[str, Any]) -> Iterator[Component]:
    from packageurl import PackageURL

    for told in inventory["pypi"]:
        purl = PackageURL("pypi", None, told["name"].lower().replace("_", "-"), told["version"])
        yield _component(told, purl, _licences(told))
    for told in inventory["deb"]:
        where = {"arch": told["architecture"], "distro": DISTRIBUTION}
        yield _component(told, PackageURL("deb", "debian", told["name"], told["version"], where), [])
    for told in inventory["npm"]:
        scope, _slash, name = told["name"].rpartition("/")
        purl = PackageURL("npm", scope or None, name, told["version"])
        yield _component(told, purl, _licences(told))


def _component(told: Mapping[str, Any], purl: Any, licences: list[License]) -> Component:
    from cyclonedx.model.component import Component

    return Component(
        name=told["name"], version=told["version"], purl=purl, bom_ref=str(purl), licenses=licences
    )


def _licences(told: Mapping[str, Any]) -> list[License]:
    """As declared: an SPDX expression alone, else a name, else the classifiers."""
    from cyclonedx.contrib.license.factories import LicenseFactory

    make = LicenseFactory()
    if declared := told.get("expression") or told.get("licence"):
        return [make.make_from_string(declared)]
    return [make.make_with_name(name) for name in sorted(set(told.get("classifiers", ())))]
