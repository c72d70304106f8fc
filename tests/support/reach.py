"""The table « what each pod may do and reach » of the operator's guide, made from the rendered manifests.

``python -m support.reach`` (``make texts``) writes it in both guides; `test_reach.py` refuses a stale one.
The render is the one with every branch on (``tests/charts/golden/all-branches.yaml``); the addresses outside
the cluster are named after the values that give them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from support.source import ROOT

CHARTS = ROOT / "tests" / "charts"
GUIDES = {"fr": ROOT / "docs" / "kubernetes.md", "en": ROOT / "docs" / "kubernetes.en.md"}
BEGINS, ENDS = "<!-- make texts -->", "<!-- / -->"
BLOCK = re.compile(rf"{BEGINS}\n.*?{ENDS}\n", re.DOTALL)
COMPONENT, MARK = "app.kubernetes.io/component", "archipel/sensible"
NAMES = {
    "proxy": ("proxy", "proxy"),
    "hub": ("hub", "hub"),
    "portal": ("portail", "portal"),
    "scheduler": ("ordonnanceur", "scheduler"),
    "dashboards": ("front des tableaux", "dashboards’ front"),
    "mlflow": ("MLflow", "MLflow"),
    "postgresql": ("base d’essai", "trial database"),
    "session": ("session", "session"),
    "run": ("exécution", "run"),
    "dashboard": ("tableau vivant", "live dashboard"),
}
HEADS = {
    "fr": "| Pod | Répond à | Atteint | API de Kubernetes |",
    "en": "| Pod | Answers | Reaches | API of Kubernetes |",
}
WORDS = {
    "anyone": ("`networkPolicy.ingress`, ou tous", "`networkPolicy.ingress`, or everybody"),
    "figures": ("`serviceMonitor.from`", "`serviceMonitor.from`"),
    "nobody": ("personne", "nobody"),
    "no right": ("aucun droit, aucun jeton", "no right, no token"),
    "unmarked": ("non sensible : {}", "not sensitive: {}"),
    "marked": ("sensible : {}", "sensitive: {}"),
}


@dataclass
class Reach:
    answers: list[str] = field(default_factory=list)
    reaches: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)


@cache
def rendered() -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    """The manifests with every branch on, and the values that they are made from."""
    objects = (CHARTS / "golden" / "all-branches.yaml").read_text(encoding="utf-8")
    values = (CHARTS / "cases" / "all-branches.yaml").read_text(encoding="utf-8")
    # Three thousand lines: the loader that is written in C, where there is one.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for one in yaml.load_all(objects, loader) if one], yaml.load(values, loader)


def table(language: str) -> str:
    """The rows in a language, ``fr`` or ``en``; every pod also reaches the cluster's DNS."""
    objects, values = rendered()
    found = reach(objects, places(values), language)
    rows = [HEADS[language], "|---|---|---|---|"]
    for component, one in found.items():
        cells = [
            ", ".join(one.answers) or _word("nobody", language),
            ", ".join(one.reaches) or "—",
            " ; ".join(one.may) or _word("no right", language),
        ]
        rows.append(f"| {_named(component, language)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def places(values: Mapping[str, Any]) -> dict[str, str]:
    """Address outside the cluster → the value that opens it."""
    found = {}
    for name, told in values["networkPolicy"].items():
        for place in told if isinstance(told, list) else ():
            if "cidr" in place:
                found[place["cidr"]] = f"`networkPolicy.{name}`"
    for told in values["networkPolicy"].get("sources", {}).values():
        found |= {place["cidr"]: "`networkPolicy.sources`" for place in told}
    for rule in values["singleuser"]["networkPolicy"]["egress"]:
        found |= {peer["ipBlock"]["cidr"]: "`singleuser.networkPolicy.egress`" for peer in rule["to"]}
    return found


def reach(objects: Iterable[Mapping[str, Any]], known: Mapping[str, str], language: str) -> dict[str, Reach]:
    """Component → what its pods answer, reach and may, by every policy and role that names it. Pure."""
    found = {component: Reach() for component in NAMES}
    for one in objects:
        if one["kind"] == "NetworkPolicy":
            for component, condition in _selected(one["spec"]["podSelector"]):
                for rule in one["spec"].get("ingress") or ():
                    _add(found[component].answers, _peers(rule, "from", known, language), condition, language)
                for rule in one["spec"].get("egress") or ():
                    _add(found[component].reaches, _peers(rule, "to", known, language), condition, language)
        elif one["kind"] == "Role":
            component = one["metadata"]["name"].removeprefix("archipel-")
            for rule in one["rules"]:
                found[component].may.append(f"{', '.join(rule['resources'])} ({', '.join(rule['verbs'])})")
    return found


def _selected(selector: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The components that a policy selects, with its condition on the mark « sensible »."""
    named = selector.get("matchLabels", {}).get(COMPONENT)
    listed, condition = [named] if named else [], ""
    for expression in selector.get("matchExpressions", ()):
        if expression["key"] == COMPONENT:
            listed += expression["values"]
        elif expression["key"] == MARK:
            condition = "marked" if expression["operator"] == "In" else "unmarked"
    return [(component, condition) for component in listed]


def _peers(rule: Mapping[str, Any], side: str, known: Mapping[str, str], language: str) -> list[str]:
    ports = {str(port["port"]) for port in rule.get("ports", ())}
    told = []
    for peer in rule.get(side, [{}]):
        labels = peer.get("podSelector", {}).get("matchLabels", {})
        if "namespaceSelector" in peer and side == "to":
            continue  # the cluster's DNS, which every pod reaches: said once, in prose
        if COMPONENT in labels:
            told.append(_named(labels[COMPONENT], language))
        elif "ipBlock" in peer:
            told.append(known[peer["ipBlock"]["cidr"]])
        else:
            monitored = "monitoring" in str(peer)
            told.append(_word("figures" if monitored else "anyone", language))
    return [f"{name} ({', '.join(sorted(ports))})" for name in told]


def _add(rows: list[str], told: list[str], condition: str, language: str) -> None:
    for one in told:
        text = _word(condition, language).format(one) if condition else one
        if text not in rows:
            rows.append(text)


def _named(component: str, language: str) -> str:
    return NAMES[component][language == "en"]


def _word(name: str, language: str) -> str:
    return WORDS[name][language == "en"]


def renewed(guide: str, language: str) -> str:
    """The guide with its table as the manifests have it."""
    block = f"{BEGINS}\n{table(language)}\n{ENDS}\n"
    new, count = BLOCK.subn(lambda _found: block, guide)
    assert count == 1, f"one block « {BEGINS} » is expected in the guide"
    return new


if __name__ == "__main__":
    for language, path in GUIDES.items():
        path.write_text(renewed(path.read_text(encoding="utf-8"), language), encoding="utf-8")
