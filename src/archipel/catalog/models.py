"""The catalogue as frozen values: what a deployment offers, declared once in YAML.

Every model refuses unknown keys. Texts that people read are `Text` values, French required, English
beside it. The JSON Schema of `catalog/catalog.schema.json` is generated from these models.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from archipel.catalog.base import Model, RelativePath, Slug, Text
from archipel.catalog.registered import RegisteredModel
from archipel.texts import translate as _

SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,62}$")]
Memory = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(\.[0-9]+)?[MG]$")]
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[smhj]$")]


def _number_or_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_("nombre ou texte attendu, reçu {got}", got=repr(value)[:80]))
    return value


Bound = Annotated[float | str, BeforeValidator(_number_or_text)]
Choice = Annotated[str | int | float, BeforeValidator(_number_or_text)]


def parse_duration(text: str) -> timedelta:
    """``90s``, ``15m``, ``2h``, ``365j`` (days) as a timedelta."""
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "j": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


class Audience(Model):
    """Who may: everyone (``public``), who is signed in (``signed-in``), or members of named groups."""

    access: Literal["public", "signed-in", "groups"] = "signed-in"
    groups: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _groups_named(self) -> Audience:
        if (self.access == "groups") != bool(self.groups):
            raise ValueError(_("« groups » se donne avec « access: groups », et seulement avec lui"))
        return self

    def admits(self, person: str | None, groups: frozenset[str]) -> bool:
        """Whether ``person`` (None: not signed in), member of ``groups``, is of this audience."""
        if self.access == "public":
            return True
        if person is None:
            return False
        return self.access == "signed-in" or bool(groups & set(self.groups))


class Resources(Model):
    """CPU in cores, memory as ``512M`` or ``2G``, number of GPUs."""

    cpu: float = Field(default=1.0, gt=0, le=256)
    memory: Memory = "1G"
    gpu: int = Field(default=0, ge=0, le=16)

    @property
    def memory_bytes(self) -> int:
        return int(float(self.memory[:-1]) * {"M": 1024**2, "G": 1024**3}[self.memory[-1]])


class Image(Model):
    """One image of the tree: a container image, and a virtual environment on one machine."""

    title: Text
    parent: Slug | None = None
    imports: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    user: Slug = "archipel"
    size_mb: int = Field(gt=0, description="Size of its environment on disk, told before it is made")
    eager: bool = Field(
        default=False, description="Made or pulled before anybody asks, though no run or dashboard needs it"
    )


class Guarded(Model):
    """What may be marked: a défi, with its runs and its dashboard, or a session's profile."""

    sensible: bool = Field(default=False, description="Reaches the platform and `network_sources` alone")
    network_sources: tuple[Slug, ...] = Field(default=(), description="Names; a deployment has the addresses")

    @model_validator(mode="after")
    def _sources_of_what_is_sensible(self) -> Self:
        if self.network_sources and not self.sensible:
            raise ValueError(_("« network_sources » se donne avec « sensible: true », et seulement avec lui"))
        return self


class Profile(Guarded):
    """What a person may launch: an image, resources, an audience."""

    title: Text
    description: Text
    image: Slug
    resources: Resources = Resources()
    audience: Audience = Audience()
    default: bool = False


class Source(Model):
    """Data that a défi reads. ``path`` is relative to the défi's notebook folder."""

    title: Text
    path: RelativePath
    licence: str = Field(min_length=1)
    url: str = ""
    vintage: str = Field(min_length=1, description="Date or edition of the data")
    synthetic: bool = False


ParameterType = Literal["fichier", "dossier", "dataset", "territoire"]


class Parameter(Model):
    """What the manifest adds to a parameter of the notebook: help, unit, bounds, a refined type."""

    help: Text
    type: ParameterType | None = Field(default=None, description="Refines an annotation `str`")
    unit: str = ""
    minimum: Bound | None = Field(default=None, description="A number, or a date AAAA-MM-JJ")
    maximum: Bound | None = None
    pattern: str | None = None
    form: Text | None = Field(default=None, description="What the pattern wants, in words, as people read it")
    choices: tuple[Choice, ...] = Field(
        default=(), description="Accepted values, where the annotation is not a Literal"
    )
    choice_labels: dict[str, Text | str] = Field(
        default_factory=dict, description="Value → label shown in forms, in two languages or one"
    )
    companions: tuple[str, ...] = Field(
        default=(), description="Endings of the files taken along with a `fichier`"
    )
    extensions: tuple[str, ...] = Field(default=(), description="Endings that a `fichier` may have")
    words: str | None = Field(default=None, description="Names that may stand in place of a `fichier`")


class Execution(Model):
    """A parameterised notebook that runs without anybody watching."""

    title: Text
    notebook: RelativePath = "execution.ipynb"
    image: Slug
    resources: Resources = Resources()
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    secrets: tuple[SecretName, ...] = ()
    timeout: Duration = "1h"
    audience: Audience = Audience()

    @property
    def timeout_delta(self) -> timedelta:
        return parse_duration(self.timeout)


class Schedule(Model):
    """When an execution starts by itself: a five-field cron expression in a time zone."""

    execution: Slug
    cron: str
    timezone: str = "Europe/Paris"
    parameters: dict[str, Any] = Field(default_factory=dict)
    paused: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(_("fuseau horaire inconnu : {zone}", zone=value)) from None
        return value


class Dashboard(Model):
    """A notebook published as a page, from the last good run of an execution."""

    title: Text
    notebook: RelativePath = "tableau.ipynb"
    execution: Slug = "execution"
    image: Slug = "datascience"
    resources: Resources = Resources()
    audience: Audience = Audience()
    sources: tuple[Slug, ...] | None = Field(
        default=None, description="Those that the page names; all of the défi's where not given"
    )
    controls: dict[str, Parameter] = Field(default_factory=dict)


class Owner(Model):
    name: str = Field(min_length=1)
    contact: str = Field(min_length=3)


class Rights(Model):
    """Groups that read, and that change, the défi's runs and experiments (administrators may both)."""

    read: Audience = Audience()
    write: Audience = Audience()


class Defi(Guarded):
    """One défi: everything about it is declared here, once."""

    title: Text
    summary: Text
    owner: Owner
    purpose: Text
    legal_basis: Text
    sources: dict[Slug, Source] = Field(default_factory=dict)
    executions: dict[Slug, Execution]
    schedules: dict[Slug, Schedule] = Field(default_factory=dict)
    dashboard: Dashboard | None = None
    models: dict[Slug, RegisteredModel] = Field(
        default_factory=dict, description="Name in MLflow's registry → what its champion must pass"
    )
    rights: Rights = Rights()
    keep: Duration = Field(default="365j", description="How long attempts are kept")

    @property
    def synthetic(self) -> bool:
        """Whether any figure of the défi rests on synthetic data."""
        return any(source.synthetic for source in self.sources.values())


class Idle(Model):
    """When a session that does nothing ends by itself. A cell, a terminal's command at work are something."""

    session: Duration = Field(default="12h", description="Idle time before the end")
    gpu: Duration = Field(default="2h", description="The same for a GPU that nothing computes on")
    notice: Duration = Field(default="15m", description="How long before the end the person is told")
    keep_max: Duration = Field(
        default="7j", description="The longest that « keep » holds a session that does nothing"
    )

    @model_validator(mode="after")
    def _notice_first(self) -> Idle:
        seconds = self.in_seconds
        if seconds["notice"] >= min(seconds["session"], seconds["gpu"]):
            raise ValueError(_("« notice » doit être plus court que « session » et que « gpu »"))
        if seconds["keep_max"] < seconds["session"]:
            raise ValueError(_("« keep_max » doit être au moins aussi long que « session »"))
        return self

    @property
    def in_seconds(self) -> dict[str, float]:
        values = self.model_dump()
        return {name: parse_duration(value).total_seconds() for name, value in values.items()}


class Workspace(Model):
    """What concerns the whole workspace: who administers, who may take content in."""

    title: Text
    state_design: bool = Field(default=True, description="The State's design system; false outside the State")
    administrators: tuple[Slug, ...] = ("administrateurs",)
    content_takers: Audience = Audience(access="groups", groups=("administrateurs",))
    sessions: Audience = Audience()
    idle: Idle = Idle()


class Catalog(Model):
    """The whole catalogue, cross-references checked (see `catalog.load`)."""

    workspace: Workspace
    images: dict[Slug, Image]
    profiles: dict[Slug, Profile]
    defis: dict[Slug, Defi]

    def model(self, name: str) -> tuple[str, Defi, RegisteredModel] | None:
        """The défi that declares a model of this name, by its slug, and what it asks; None for none."""
        for slug, defi in self.defis.items():
            if name in defi.models:
                return slug, defi, defi.models[name]
        return None

    def lineage(self, image: str) -> tuple[str, ...]:
        """The image and its ancestors, the root first."""
        line: list[str] = []
        current: str | None = image
        while current is not None:
            line.append(current)
            current = self.images[current].parent
        return tuple(reversed(line))
