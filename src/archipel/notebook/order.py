"""What the executor is asked to do: one frozen value, JSON in the environment of its process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ORDER_VARIABLE = "ARCHIPEL_ORDER"
SECRET_PREFIX = "ARCHIPEL_SECRET_"  # noqa: S105  # the prefix of variables' names, no secret itself


@dataclass(frozen=True)
class Order:
    """One attempt to execute one notebook.

    ``notebook``: path relative to ``content``; ``content``: the checkout; ``folder``: the attempt's own
    folder, where everything is written. ``parameters``: as `archipel.notebook.parameters.encode` has
    them. ``sources``: name → ``{"path", "vintage", "title", "licence"}``. ``inputs``: files taken in,
    ``{"parameter", "path", "sha256", "size"}``. ``published``: the folder that a dashboard reads.
    """

    defi: str
    execution: str
    run: str
    attempt: int
    notebook: str
    content: str
    commit: str
    image: str
    lock: str
    folder: str
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    inputs: tuple[dict[str, Any], ...] = ()
    synthetic: bool = False
    published: str = ""
    report: Literal["rapport", "tableau"] = "rapport"
    draft: bool = False
    title: str = ""
    language: str = "fr"
    cell_timeout: int | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Order:
        values: dict[str, Any] = json.loads(text)
        values["secrets"] = tuple(values.get("secrets", ()))
        values["inputs"] = tuple(values.get("inputs", ()))
        return cls(**values)
