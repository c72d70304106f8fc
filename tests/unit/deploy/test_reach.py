"""The operator's table is the one of the manifests."""

from __future__ import annotations

import pytest

from support.reach import GUIDES, NAMES, reach, renewed, table


@pytest.mark.parametrize("language", GUIDES)
def test_the_table_is_the_one_of_the_manifests(language: str) -> None:
    guide = GUIDES[language].read_text(encoding="utf-8")
    assert renewed(guide, language) == guide, "make texts"


def test_each_kind_of_pod_has_its_row_and_users_pods_no_right() -> None:
    rows = [row.split(" | ") for row in table("fr").splitlines()[2:]]
    assert len(rows) == len(NAMES)
    rights = {row[0].removeprefix("| "): row[3].removesuffix(" |") for row in rows}
    for kind in ("session", "exécution", "tableau vivant"):
        assert rights[kind] == "aucun droit, aucun jeton"


def test_a_policy_that_opens_more_is_seen() -> None:
    policy = {
        "kind": "NetworkPolicy",
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/component": "run"}},
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 22}]}],
        },
    }
    found = reach([policy], {"10.0.0.0/8": "`ouvert`"}, "fr")
    assert found["run"].reaches == ["`ouvert` (22)"]
    assert found["session"].reaches == []
