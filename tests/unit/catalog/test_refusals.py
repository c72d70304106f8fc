"""A catalogue that is wrong: each fault as ``file:line:key: message``, with the nearest valid word."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archipel.errors import Refusals
from archipel.notebook.review import check_content

Change = Callable[[str, str, str], None]
IMAGES, PROFILES, WORKSPACE = "catalog/images.yaml", "catalog/profiles.yaml", "catalog/workspace.yaml"
BONJOUR = "catalog/defis/bonjour.yaml"


def faults(content: Path) -> list[str]:
    with pytest.raises(Refusals) as caught:
        check_content(content)
    return str(caught.value).splitlines()


def test_the_shipped_catalogue_is_valid(content: Path) -> None:
    catalog = check_content(content)
    assert set(catalog.defis) == {"bonjour"}
    assert catalog.lineage("vision") == ("base", "datascience", "imaging", "vision")


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (
            WORKSPACE,
            "state_design:",
            "state_desing:",
            "catalog/workspace.yaml:4:state_desing: clé inconnue « state_desing » (acceptées : title, "
            "state_design, administrators, content_takers, sessions, idle). La plus proche est « state_design ».",
        ),
        (
            WORKSPACE,
            "sessions: {access:",
            "sessions: {acces:",
            "catalog/workspace.yaml:7:sessions.acces: clé inconnue « acces » (acceptées : access, groups). "
            "La plus proche est « access ».",
        ),
        (
            IMAGES,
            "    commands:",
            "    comands:",
            "catalog/images.yaml:7:images.base.comands: clé inconnue « comands » (acceptées : title, parent, "
            "imports, commands, preload, user, size_mb, eager). La plus proche est « commands ».",
        ),
        (
            IMAGES,
            "parent: base",
            "parent: bsae",
            "catalog/images.yaml:12:images.datascience.parent: l’image « bsae » n’existe pas (il y a : base, "
            "datascience, imaging, vision). Le plus proche est « base ».",
        ),
        (
            PROFILES,
            "{cpu: 2, memory",
            "{cpus: 2, memory",
            "catalog/profiles.yaml:24:profiles.vision.resources.cpus: clé inconnue « cpus » (acceptées : cpu, "
            "memory, gpu). La plus proche est « cpu ».",
        ),
        (
            PROFILES,
            "    image: base",
            "    image: bas",
            "catalog/profiles.yaml:16:profiles.base.image: l’image « bas » n’existe pas (il y a : base, "
            "datascience, imaging, vision). Le plus proche est « base ».",
        ),
        (
            PROFILES,
            "    default: true\n",
            "",
            "catalog/profiles.yaml:2:profiles: un profil, et un seul, porte « default: true »",
        ),
        (
            PROFILES,
            "memory: 8G",
            "memory: 8Go",
            "catalog/profiles.yaml:24:profiles.vision.resources.memory: forme refusée : '8Go' (attendue : "
            "^[1-9][0-9]*(\\.[0-9]+)?[MG]$)",
        ),
        (
            BONJOUR,
            "    timeout: 5m",
            "    timeot: 5m",
            "catalog/defis/bonjour.yaml:14:executions.execution.timeot: clé inconnue « timeot » (acceptées : "
            "title, notebook, image, resources, parameters, secrets, timeout, audience). La plus proche est "
            "« timeout ».",
        ),
        (
            BONJOUR,
            "unit: fois, minimum",
            "unit: fois, minimun",
            "catalog/defis/bonjour.yaml:17:executions.execution.parameters.nombre.minimun: clé inconnue "
            "« minimun » (acceptées : help, type, unit, minimum, maximum, pattern, form, choices, choice_labels, "
            "companions, extensions, words). La plus proche est « minimum ».",
        ),
        (
            BONJOUR,
            "      nombre: {help",
            "      nombr: {help",
            "catalog/defis/bonjour.yaml:17:executions.execution.parameters.nombr: paramètre inconnu « nombr » "
            "(paramètres acceptés : prenom, nombre). Le plus proche est « nombre ».",
        ),
        (
            BONJOUR,
            "  audience: {access: signed-in}",
            "  audience: {access: sigend-in}",
            "catalog/defis/bonjour.yaml:20:dashboard.audience.access: « sigend-in » refusé (acceptés : public, "
            "signed-in, groups). Le plus proche est « signed-in ».",
        ),
        (
            BONJOUR,
            "  audience: {access: signed-in}",
            "  audience: {access: groups}",
            "catalog/defis/bonjour.yaml:20:dashboard.audience: « groups » se donne avec « access: groups », et "
            "seulement avec lui",
        ),
        (
            BONJOUR,
            "    rang: {help",
            "    rnag: {help",
            "catalog/defis/bonjour.yaml:22:dashboard.controls.rnag: paramètre inconnu « rnag » (paramètres "
            "acceptés : rang). Le plus proche est « rang ».",
        ),
        (
            BONJOUR,
            "dashboard:\n",
            "dashboard:\n  execution: executoin\n",
            "catalog/defis/bonjour.yaml:19:dashboard.execution: l’exécution « executoin » n’existe pas (il y "
            "a : execution). Le plus proche est « execution ».",
        ),
        (
            BONJOUR,
            "cron: 30 6",
            "crno: 30 6",
            "catalog/defis/bonjour.yaml:26:schedules.matin.crno: clé inconnue « crno » (acceptées : execution, "
            "cron, timezone, parameters, paused). La plus proche est « cron ».",
        ),
        (
            BONJOUR,
            "{nombre: 2}",
            "{nombres: 2}",
            "catalog/defis/bonjour.yaml:27:schedules.matin.parameters.nombres: paramètre inconnu « nombres » "
            "(paramètres acceptés : prenom, nombre). Le plus proche est « nombre ».",
        ),
        (
            BONJOUR,
            "{nombre: 2}",
            "{nombre: 200}",
            "catalog/defis/bonjour.yaml:27:schedules.matin.parameters.nombre: paramètre « nombre » : 200 "
            "refusé, trop grand (accepté : nombre entier de 1 à 20 (fois))",
        ),
        (
            BONJOUR,
            "cron: 30 6 * * 1-5",
            "cron: 30 26 * * 1-5",
            "catalog/defis/bonjour.yaml:26:schedules.matin.cron: planification « 30 26 * * 1-5 » refusée : "
            "heure : « 26 » hors de 0 à 23",
        ),
        (
            BONJOUR,
            "cron: 30 6 * * 1-5",
            "cron: 30 6 * * 1-5\n    timezone: Europe/Pari",
            "catalog/defis/bonjour.yaml:27:schedules.matin.timezone: fuseau horaire inconnu : Europe/Pari",
        ),
        (
            BONJOUR,
            "dashboard:\n",
            "dashboard:\n  sources: [ban]\n",
            "catalog/defis/bonjour.yaml:19:dashboard.sources: la source « ban » n’existe pas (il y a : —)",
        ),
        (
            BONJOUR,
            'pattern: ".{1,60}", form',
            "form",
            "catalog/defis/bonjour.yaml:16:executions.execution.parameters.prenom: « form » dit en mots ce que "
            "veut « pattern », et se donne avec lui",
        ),
        (
            BONJOUR,
            "minimum: 1, maximum: 20}\ndashboard",
            "minimum: 20, maximum: 1}\ndashboard",
            "catalog/defis/bonjour.yaml:17:executions.execution.parameters.nombre: bornes à l’envers : "
            "20.0 > 1.0",
        ),
        (
            BONJOUR,
            "    image: datascience",
            "    notebook: ../../../../../dev/zero\n    image: datascience",
            "catalog/defis/bonjour.yaml:12:executions.execution.notebook: chemin refusé "
            "« ../../../../../dev/zero » : relatif au dossier du défi, sans « .. »",
        ),
        (
            BONJOUR,
            "    image: datascience",
            "    notebook: autre.ipynb\n    image: datascience",
            "catalog/defis/bonjour.yaml:12:executions.execution.notebook: fichier absent : autre.ipynb",
        ),
        (
            BONJOUR,
            "  execution:\n",
            "  Exécution:\n",
            "catalog/defis/bonjour.yaml:10:executions.Exécution: forme refusée : 'Exécution' (attendue : "
            "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$)",
        ),
        (
            BONJOUR,
            "purpose:",
            "summary:",
            "catalog/defis/bonjour.yaml:7:summary: clé en double, déjà donnée ligne 3",
        ),
    ],
)
def test_one_wrong_word_is_told_where_it_stands(
    content: Path, change: Change, name: str, before: str, after: str, told: str
) -> None:
    change(name, before, after)
    assert told in faults(content)


MODELS = """models:
  pietons:
    title: {fr: Piétons}
    task: {fr: Les trouver}
    audit:
      gaps: {teint: {estimate_max: 3, n_min: 500}}
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("n_min: 500", "n_mni: 500", "catalog/defis/bonjour.yaml:28:models.pietons.audit.gaps.teint.n_mni: clé inconnue « n_mni » (acceptées : estimate_max, bound_max, n_min, power_min). La plus proche est « n_min »."),
        ("estimate_max: 3", "estimate_max: 0", "catalog/defis/bonjour.yaml:28:models.pietons.audit.gaps.teint.estimate_max: 0 refusé : plus grand que 0.0 attendu"),
        ("gaps: {teint: {estimate_max: 3, n_min: 500}}", "gaps: {}", "catalog/defis/bonjour.yaml:27:models.pietons.audit: un audit sans seuil ne refuse rien : « gaps » ou « measures » attendu"),
    ],
)  # fmt: skip
def test_a_threshold_that_is_wrong_is_told_where_it_stands(
    content: Path, change: Change, before: str, after: str, told: str
) -> None:
    change(BONJOUR, "\nschedules:\n", f"\n{MODELS.replace(before, after)}schedules:\n")
    assert told in faults(content)


def test_a_model_has_one_defi(content: Path, change: Change) -> None:
    change(BONJOUR, "\nschedules:\n", f"\n{MODELS}schedules:\n")
    text = (content / BONJOUR).read_text(encoding="utf-8")
    (content / "catalog/defis/salut.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(content / "notebooks/bonjour", content / "notebooks/salut")
    (told,) = [line for line in faults(content) if "pietons" in line]
    assert told.endswith("models.pietons: le modèle « pietons » est déjà déclaré par le défi « bonjour »")


def test_everything_that_is_wrong_is_told_at_once_sorted_by_place(content: Path, change: Change) -> None:
    change(IMAGES, "parent: base", "parent: bsae")
    change(PROFILES, "memory: 8G", "memory: 8Go")
    change(BONJOUR, "unit: fois", "unite: fois")
    places = [line.rsplit(": ", 1)[0].split(": ")[0] for line in faults(content)]
    assert places == [
        "catalog/defis/bonjour.yaml:17:executions.execution.parameters.nombre.unite",
        "catalog/profiles.yaml:24:profiles.vision.resources.memory",
    ]


def test_a_missing_key_is_told_with_the_place_it_is_missing_from(content: Path, change: Change) -> None:
    change(BONJOUR, "owner: {name: Équipe Archipel, contact: archipel@example.gouv.fr}", "owner: {name: É}")
    assert faults(content)[0] == "catalog/defis/bonjour.yaml:6:owner.contact: valeur manquante"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("catalog/image.yaml", "catalog/image.yaml: fichier inconnu du catalogue. Le plus proche est « images.yaml »."),
        ("catalog/defis/Vélo.yaml", "catalog/defis/Vélo.yaml: nom de fichier attendu : minuscules, chiffres et tirets, puis .yaml"),
        ("catalog/defis/velo.yml", "catalog/defis/velo.yml: nom de fichier attendu : minuscules, chiffres et tirets, puis .yaml"),
    ],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_told(content: Path, name: str, told: str) -> None:
    (content / name).write_text("title: {fr: Vélo}\n", encoding="utf-8")
    assert told in faults(content)


def test_an_absent_file_is_told(content: Path) -> None:
    (content / PROFILES).unlink()
    assert faults(content) == ["catalog/profiles.yaml: fichier absent : profiles.yaml"]


def test_a_link_out_of_the_folder_is_refused_and_not_followed(content: Path, tmp_path: Path) -> None:
    notebook = content / "notebooks/bonjour/execution.ipynb"
    notebook.rename(tmp_path / "dehors.ipynb")
    notebook.symlink_to(tmp_path / "dehors.ipynb")
    assert faults(content) == [
        "catalog/defis/bonjour.yaml:10:executions.execution.notebook: « execution.ipynb » est un lien qui "
        "sort du dossier du défi"
    ]
