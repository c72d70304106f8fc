"""The chart's values that follow from the catalogue and the region: printed, never guessed by hand."""

from __future__ import annotations

from typing import Any

from archipel.catalog.models import Catalog, Profile
from archipel.catalog.needed import needed
from archipel.catalog.region import environment
from archipel.deploy.tree import PLATFORM, POSTGRESQL, Tree
from archipel.names import scope_of_defi, scope_of_profile


def chart_values(tree: Tree) -> dict[str, Any]:
    """For `charts/archipel`: which images, what the region asks, which secrets défis declare."""
    region, platform, wanted = tree.region, tree.image(PLATFORM), needed(tree.catalog)
    return {
        "images": {
            "prefix": region.images.prefix,
            "platform": _tag(platform.runnable.reference),
            "release": platform.release,
            "postgresql": _tag(tree.image(POSTGRESQL).runnable.reference),
        },
        "imagePullSecrets": list(region.images.pull_secrets),
        "singleuser": {"extraEnv": environment(region)},
        "declared": {"names": declared_secrets(tree.catalog)},
        "networkPolicy": {"sensible": network_sources(tree.catalog)},
        "prePuller": {
            "images": [
                {"image": name, "lock": tree.image(name).lock}
                for name in sorted({profile.image for profile in tree.catalog.profiles.values()})
                if name in wanted
            ]
        },
    }


def z2jh_values(tree: Tree) -> dict[str, Any]:
    """For a zero-to-jupyterhub release that is there already: the same profiles, of the same images.

    Runs, dashboards and MLflow are not its business. Its schema: `jupyterhub/values.schema.yaml`.
    """
    profiles = [_z2jh_profile(tree, slug, profile) for slug, profile in tree.catalog.profiles.items()]
    default = next((p for p in profiles if p.get("default")), profiles[0] if profiles else None)
    values: dict[str, Any] = {
        "singleuser": {
            "profileList": profiles,
            "extraEnv": environment(tree.region),
            "uid": 1000,
            "fsGid": 1000,
            "allowPrivilegeEscalation": False,
            # The chart's own default is a privileged container in each person's pod.
            "cloudMetadata": {"blockWithIptables": False},
        }
    }
    if default is not None:
        name, _colon, tag = default["kubespawner_override"]["image"].rpartition(":")
        values["singleuser"]["image"] = {"name": name, "tag": tag}
    if tree.region.images.pull_secrets:
        values["imagePullSecrets"] = list(tree.region.images.pull_secrets)
    return values


def _z2jh_profile(tree: Tree, slug: str, profile: Profile) -> dict[str, Any]:
    asked = profile.resources
    override: dict[str, Any] = {
        "image": tree.image(profile.image).runnable.reference,
        "cpu_limit": asked.cpu,
        "mem_limit": asked.memory_bytes,
        "mem_guarantee": asked.memory_bytes,
    }
    if asked.gpu:
        override["extra_resource_limits"] = {"nvidia.com/gpu": str(asked.gpu)}
    told: dict[str, Any] = {
        "slug": slug,
        "display_name": profile.title.fr,
        "description": profile.description.fr,
        "kubespawner_override": override,
    }
    return told | ({"default": True} if profile.default else {})


def declared_secrets(catalog: Catalog) -> list[str]:
    """Names of every secret that some execution of a défi declares."""
    return sorted(
        {
            name
            for defi in catalog.defis.values()
            for execution in defi.executions.values()
            for name in execution.secrets
        }
    )


def network_sources(catalog: Catalog) -> dict[str, list[str]]:
    """What is marked « sensible », by its scope, and the sources that each may reach."""
    marked = {scope_of_defi(slug): defi for slug, defi in catalog.defis.items()} | {
        scope_of_profile(slug): profile for slug, profile in catalog.profiles.items()
    }
    return {scope: list(one.network_sources) for scope, one in sorted(marked.items()) if one.sensible}


def _tag(reference: str) -> str:
    return reference.rpartition(":")[2]
