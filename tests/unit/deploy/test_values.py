"""What follows from the catalogue: values that our chart takes, and those for zero-to-jupyterhub.

``ARCHIPEL_Z2JH_SCHEMA``: path of that chart's own ``values.schema.yaml`` (or ``.json``), for who has it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from traitlets import HasTraits

from archipel.catalog.load import load_catalog
from archipel.catalog.needed import needed
from archipel.catalog.region import Mirrors, Proxy, Region, RegionImages
from archipel.deploy.review import check_values
from archipel.deploy.tree import Tree
from archipel.deploy.values import chart_values, network_sources, z2jh_values
from support.source import ROOT

CATALOG = load_catalog(ROOT)
REGION = Region(
    images=RegionImages(prefix="registre.exemple.gouv.fr/archipel/", pull_secrets=("registre",)),
    proxy=Proxy(https="http://mandataire.exemple.gouv.fr:3128", none=(".exemple.gouv.fr",)),
    mirrors=Mirrors(pip="https://paquets.exemple.gouv.fr/simple"),
)
TRIAL = ROOT / "charts/values/essai.yaml"


@pytest.fixture(scope="module", params=[Region(), REGION], ids=["plain", "region"])
def tree(request: pytest.FixtureRequest, plain_content: Path) -> Tree:
    return Tree(plain_content, CATALOG, request.param)


def test_our_chart_takes_them(tree: Tree) -> None:
    values = check_values([TRIAL], chart_values(tree), sorted(CATALOG.images))
    assert values.images.platform == f"{tree.image('platform').lock}-{tree.release}"
    launched = {profile.image for profile in CATALOG.profiles.values()}
    assert {one.image for one in values.prePuller.images} == launched & set(needed(CATALOG))
    assert values.singleuser.extraEnv.get("HTTPS_PROXY", "") == (tree.region.proxy.https or "")


def test_what_is_sensible_is_told_with_its_sources(tree: Tree) -> None:
    assert chart_values(tree)["networkPolicy"]["sensible"] == {}
    given = {"sensible": True, "network_sources": ("entrepot",)}
    defis = {**CATALOG.defis, "bonjour": CATALOG.defis["bonjour"].model_copy(update=given)}
    profiles = {**CATALOG.profiles, "base": CATALOG.profiles["base"].model_copy(update={"sensible": True})}
    marked = CATALOG.model_copy(update={"defis": defis, "profiles": profiles})
    assert network_sources(marked) == {"defi-bonjour": ["entrepot"], "profil-base": []}


def test_the_profiles_are_the_catalogue_s_for_zero_to_jupyterhub_too(tree: Tree) -> None:
    told = z2jh_values(tree)["singleuser"]
    assert [profile["slug"] for profile in told["profileList"]] == list(CATALOG.profiles)
    assert sum(profile.get("default", False) for profile in told["profileList"]) == 1
    default = next(profile for profile in told["profileList"] if profile.get("default"))
    image = f"{told['image']['name']}:{told['image']['tag']}"
    assert image == default["kubespawner_override"]["image"]


def test_kubespawner_takes_what_a_profile_overrides(tree: Tree) -> None:
    """zero-to-jupyterhub hands each override to KubeSpawner as it is: its own traits judge them."""
    kubespawner = pytest.importorskip("kubespawner", reason="the platform's own packages for Kubernetes")
    traits = kubespawner.KubeSpawner.class_traits()
    for profile in z2jh_values(tree)["singleuser"]["profileList"]:
        for name, value in profile["kubespawner_override"].items():
            assert traits[name].validate(HasTraits(), value) is not None


KNOWN: dict[str, Any] = {
    "imagePullSecrets": list,
    "singleuser": {
        "profileList": list,
        "extraEnv": dict,
        "uid": int,
        "fsGid": int,
        "allowPrivilegeEscalation": bool,
        "cloudMetadata": {"blockWithIptables": bool},
        "image": {"name": str, "tag": str},
    },
}
"""Keys of ours that zero-to-jupyterhub's schema has, and their types there (its commit 02dd73df)."""


def fits(told: Any, known: Any) -> bool:
    if isinstance(known, dict):
        return all(key in known and fits(value, known[key]) for key, value in told.items())
    return type(told) is known


def test_zero_to_jupyterhub_knows_each_key(tree: Tree) -> None:
    assert fits(z2jh_values(tree), KNOWN)
    assert not fits({"singleuser": {"extraenv": {}}}, KNOWN)


def without_required(part: Any) -> Any:
    """What a schema wants present is there in the chart's own defaults, which ours are laid over."""
    if isinstance(part, list):
        return [without_required(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {key: without_required(value) for key, value in part.items() if key != "required"}


def test_zero_to_jupyterhub_s_schema_takes_them(tree: Tree) -> None:
    path = os.environ.get("ARCHIPEL_Z2JH_SCHEMA")
    if not path:
        pytest.skip("needs ARCHIPEL_Z2JH_SCHEMA: values.schema.yaml of zero-to-jupyterhub")
    import jsonschema

    schema = without_required(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(z2jh_values(tree))] == []
    assert list(validator.iter_errors({"singleuser": {"extraenv": {}}})) != []
