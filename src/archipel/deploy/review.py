"""Values of the chart as an operator writes them: what is wrong, where, and what is accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archipel.catalog.references import unknown
from archipel.catalog.told import told
from archipel.catalog.yamltree import Tree, read_tree
from archipel.deploy import chart, network, quantities, signin
from archipel.deploy.chart import Values
from archipel.deploy.contradictions import contradictions
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.identity import oidc
from archipel.texts import N_
from archipel.texts import translate as _

FORMS: dict[Any, str] = {
    quantities.Size: N_("une taille et son unité, comme 512Mi ou 10Gi"),
    quantities.Cpu: N_('des processeurs entre guillemets, comme "250m" ou "2"'),
    quantities.Amount: N_('une quantité entre guillemets, comme "40" ou "160Gi"'),
    quantities.Host: N_("un nom d’hôte en minuscules, sans adresse ni port"),
    quantities.MaybeHost: N_("un nom d’hôte en minuscules, sans adresse ni port"),
    quantities.CertifiedHost: N_("un nom d’hôte, ou « *. » et son suffixe"),
    quantities.ObjectName: N_("un nom d’objet Kubernetes : minuscules, chiffres, tirets et points"),
    quantities.MaybeName: N_("un nom d’objet Kubernetes : minuscules, chiffres, tirets et points"),
    quantities.Cidr: N_("des adresses comme 10.0.0.0/24"),
    quantities.NarrowCidr: N_("des adresses comme 10.0.0.0/24, /8 au moins (/16 en IPv6)"),
    network.Target: N_("un hôte et son port, comme entrepot.exemple:5432"),
    quantities.Tag: N_("une étiquette d’image"),
    quantities.Variable: N_("un nom de variable : lettres, chiffres et « _ »"),
    chart.Prefix: N_("le début du nom des images, « / » à la fin"),
    chart.BasePath: N_("un chemin qui commence et finit par « / »"),
    chart.StoreUrl: N_("« s3://seau » ou « file:///dossier »"),
    signin.Issuer: N_("l’adresse « https://… » du fournisseur, sans compte, « ? » ni « # »"),
    signin.MaybeWord: N_("un identifiant sans espace ni accent"),
    signin.Authorities: N_("des certificats PEM (« -----BEGIN CERTIFICATE----- »)"),
    oidc.ProxyAddress: N_("une adresse « http://hôte:port », sans compte"),
    chart.Person: N_("un compte : minuscules, chiffres, « . », « _ » et tirets, 32 au plus"),
}
"""What a form means, in words: its pattern alone helps nobody."""


@dataclass
class Layers(Tree):
    """Several files, the last one winning, as helm reads them. ``given``: path → where it was said last."""

    given: dict[tuple[str | int, ...], str] = field(default_factory=dict)

    def add(self, tree: Tree) -> None:
        self.file = tree.file
        self.data = overlaid(self.data or {}, tree.data or {})
        self.given |= {path: f"{tree.file}:{line}" for path, line in tree.lines.items() if path}

    def place(self, path: tuple[str | int, ...]) -> str:
        known = path
        while known and known not in self.given:
            known = known[:-1]
        return f"{self.given.get(known, self.file)}:{'.'.join(map(str, path))}".rstrip(":")


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Helm's own merge: mappings by key, anything else replaced, a null taking its key away."""
    merged = dict(under)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = overlaid(merged[key], value)
        else:
            merged[key] = value
    return merged


def check_values(files: Sequence[Path], derived: Mapping[str, Any], images: Sequence[str]) -> Values:
    """The values of a deployment. Raises `Refusals` with all that is wrong.

    ``derived``: what follows from the catalogue (`chart_values`), over the chart's defaults and under
    ``files``. ``images``: those of the catalogue.
    """
    defaults = Values().model_dump(mode="json", by_alias=True, exclude_none=True)
    layers = Layers("values.yaml", overlaid(defaults, derived))
    errors: list[ArchipelError] = []
    for path in files:
        try:
            tree = read_tree(path, str(path))
        except Refusals as refusals:
            errors += refusals.errors
            continue
        if tree.data is not None and not isinstance(tree.data, dict):
            errors.append(
                Refused("values.form", "groupe de clés attendu, reçu {got}", where=str(path), got=tree.data)
            )
            continue
        layers.add(tree)
    if errors:
        raise Refusals(errors)
    try:
        # As JSON: a text is no number there, as for helm.
        values = Values.model_validate_json(json.dumps(layers.data), strict=True)
    except ValidationError as invalid:
        raise Refusals([_told(error, layers) for error in invalid.errors()]) from None
    if errors := [*contradictions(values, layers), *unknown_images(values, layers, images)]:
        raise Refusals(errors)
    return values


def _told(error: Any, layers: Layers) -> ArchipelError:
    meant = {form.__metadata__[0].pattern: words for form, words in FORMS.items()}
    path = tuple(part for part in error["loc"] if part != "[key]")
    pattern = error.get("ctx", {}).get("pattern")
    if error["type"] == "string_pattern_mismatch" and pattern in meant:
        return Refused(
            "values.form",
            "« {got} » refusé (attendu : {form})",
            where=layers.place(path),
            got=str(error["input"])[:80],
            form=_(meant[pattern]),
        )
    return told(error, layers, Values)


def unknown_images(values: Values, layers: Layers, images: Sequence[str]) -> Iterator[ArchipelError]:
    for number, pulled in enumerate(values.prePuller.images):
        if pulled.image not in images:
            place = layers.place(("prePuller", "images", number, "image"))
            yield unknown(pulled.image, images, _("l’image"), place)
