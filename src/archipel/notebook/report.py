"""An executed notebook as one self-contained page: no script of another host, no code for a dashboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from archipel.notebook.order import Order
from archipel.output import write_atomically

TEMPLATES = Path(__file__).parent / "templates"


def write_report(notebook: Any, order: Order, target: Path, failure: dict[str, Any] | None = None) -> None:
    """Render the notebook through nbconvert and the template `archipel`."""
    write_atomically(target, render(notebook, order, failure).encode())


def render(notebook: Any, order: Order, failure: dict[str, Any] | None = None) -> str:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="archipel",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=order.report == "tableau",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        anchor_link_text="",
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        html_manager_semver_range="*",
    )
    resources: dict[str, Any] = {
        "archipel": {
            "title": order.title or first_title(notebook) or f"{order.defi}/{order.execution}",
            "language": order.language,
            "synthetic": order.synthetic,
            "draft": order.draft,
            "dashboard": order.report == "tableau",
            "failure": failure,
            "run": order.run,
            "commit": order.commit,
        }
    }
    body, _resources = exporter.from_notebook_node(_shown(notebook, order), resources)
    page: str = body
    return page


def first_title(notebook: Any) -> str:
    """Text of the first level-1 heading of a markdown cell."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            match = re.search(r"^#\s+(.+)$", cell.source, re.M)
            if match:
                return match.group(1).strip()
    return ""


def _shown(notebook: Any, order: Order) -> Any:
    """A copy without papermill's own error banner (ours says more) and without hidden outputs."""
    copy = nbformat.from_dict(notebook)
    copy.cells = [c for c in copy.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", ())]
    for cell in copy.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            # A widget or a script alone cannot live in a static page: keep its other forms.
            for mime in [m for m in data if "javascript" in m or "widget" in m]:
                if len(data) > 1:
                    del data[mime]
    return copy
