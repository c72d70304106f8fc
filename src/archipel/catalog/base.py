"""What every declared value stands on: names, texts in two languages, models that refuse unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", max_length=40)]
RelativePath = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Model):
    """A sentence in French, and in English where it is known."""

    fr: str = Field(min_length=1)
    en: str = ""

    def in_language(self, code: str) -> str:
        return self.en if code == "en" and self.en else self.fr
