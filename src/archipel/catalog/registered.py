"""What a défi asks of a model of the registry before it is the champion: thresholds of card and audit."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from archipel.catalog.base import Model, RelativePath, Text
from archipel.texts import translate as _

Condition = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Points = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class GapThreshold(Model):
    """Of the gaps between the groups of one condition; a point is a hundredth of recall."""

    estimate_max: Points = Field(description="Largest gap measured between two groups, in points")
    bound_max: Points | None = Field(
        default=None, description="Largest gap that the interval still allows, in points"
    )
    n_min: int = Field(ge=1, description="Smallest number of persons (or objects) in each group")
    power_min: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least power to see three points between two groups",
    )

    @model_validator(mode="after")
    def _wider(self) -> Self:
        if self.bound_max is not None and self.bound_max < self.estimate_max:
            raise ValueError(
                _("« bound_max » est au moins « estimate_max » : un intervalle contient son écart")
            )
        return self


class Bounds(Model):
    """Of one figure of the audit: recall, false positives per image, power."""

    min: Finite | None = None
    max: Finite | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(_("« min » ou « max » attendu"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(_("« min » est plus grand que « max »"))
        return self


class CardThresholds(Model):
    """Every card has its fixed fields; a défi may ask for more."""

    fields: tuple[Key, ...] = Field(default=(), description="More texts that the card must have")


class AuditThresholds(Model):
    """What is asked of the model's own detector in its audit."""

    gaps: dict[Condition, GapThreshold] = Field(
        default_factory=dict, description="Condition → the gaps between its groups; each must be measured"
    )
    measures: dict[Key, Bounds] = Field(
        default_factory=dict,
        description="Key of the audit (`rappel`, `fppi`, `puissance_3_points`…) → bounds, as it writes them",
    )
    identified: bool = Field(
        default=False, description="The audit names by its SHA-256 a file of the version that it judged"
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.gaps and not self.measures:
            raise ValueError(_("un audit sans seuil ne refuse rien : « gaps » ou « measures » attendu"))
        return self


class RegisteredModel(Model):
    """A model of MLflow's registry that the défi answers for."""

    title: Text
    task: Text = Field(description="What it does, in a few words")
    shipped: RelativePath | None = Field(
        default=None, description="Folder, in the défi's notebooks, of the version of a fresh installation"
    )
    card: CardThresholds = CardThresholds()
    audit: AuditThresholds
