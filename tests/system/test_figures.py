"""The figures are at addresses that the proxy leads to: who has their key reads them, and nobody else."""

from __future__ import annotations

import pytest

from support.workspace import TestWorkspace

pytestmark = pytest.mark.workspace


def test_the_hub_s_figures_want_the_key(personal: TestWorkspace) -> None:
    page = f"{personal.url}/hub/metrics"
    assert personal.client().get(page).status_code in (302, 403)
    key = (personal.data / "secrets" / "metrics").read_text().strip()
    holder = personal.client(headers={"Authorization": f"Bearer {key}"})
    assert "jupyterhub_running_servers" in holder.get(page).text
    # It reads figures, and nothing of anybody.
    assert holder.get(f"{personal.url}/hub/api/users").status_code == 403
    assert holder.get(personal.api("runs")).status_code in (401, 403)


def test_the_front_s_figures_want_the_key(personal: TestWorkspace) -> None:
    page = f"{personal.content_url}/metrics"
    answer = personal.client().get(page)
    assert (answer.status_code, answer.text) == (404, "")
    key = (personal.data / "secrets" / "metrics").read_text().strip()
    told = personal.client(headers={"Authorization": f"Bearer {key}"}).get(page).text
    assert "archipel_live_dashboards 0" in told
    assert 'archipel_dashboards_requests_total{status="404"}' in told
