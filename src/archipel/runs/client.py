"""The API from the command line's side: the same door that forms and sessions use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archipel.errors import ArchipelError, Conflict, Failed, Forbidden, NotFound, Refusals, Refused
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import ParameterSpec
from archipel.runs.inputs import demand_readable, home_expanded

FINAL = {"done", "failed", "cancelled", "interrupted"}
_KINDS: dict[int, type[ArchipelError]] = {403: Forbidden, 404: NotFound, 409: Conflict, 422: Refused}


class Client:
    """``url``: the API's address, ``…/services/portal/api/v1``. ``token``: a hub token."""

    def __init__(self, url: str, token: str) -> None:
        import httpx

        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    @staticmethod
    def part(text: str) -> str:
        """One part of an address, whatever was typed; never another address. Raises `NotFound` for none."""
        if text.strip() in ("", ".", ".."):
            raise NotFound("request.empty", "identifiant vide")
        return quote(text.encode("utf-8", "replace"), safe="")

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params={k: v for k, v in query.items() if v is not None}).json()

    def text(self, path: str, **query: Any) -> bytes:
        return bytes(self._call("GET", path, params=query).content)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._call("POST", path, json=body, params=query).json()

    def send(self, path: str, data: bytes, **query: Any) -> Any:
        return self._call("POST", path, content=data, params=query, timeout=600).json()

    def upload(self, path: Path, companions: Iterable[str]) -> str:
        """A file with its companions, or a folder; the upload's identifier."""
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file())
            names = [f"{path.name}/{p.relative_to(path).as_posix()}" for p in files]
        else:
            files = [
                path,
                *(p for p in (path.with_suffix(c) for c in companions) if p.is_file() and p != path),
            ]
            names = [p.name for p in files]
        streams = [(name, p.open("rb")) for name, p in zip(names, files, strict=True)]
        try:
            parts = [("file", (name, stream)) for name, stream in streams]
            answer = self._call("POST", "uploads", files=parts, timeout=3600).json()
        finally:
            for _name, stream in streams:
                stream.close()
        return str(answer["upload"])

    def wait(
        self, run_id: str, heard: Callable[[dict[str, Any]], None], every: float = 0.4
    ) -> dict[str, Any]:
        """Until the run has ended; ``heard`` is told each time. A restart of the portal is waited out."""
        lost = 0
        while True:
            try:
                run: dict[str, Any] = self.get(f"runs/{self.part(run_id)}")
                lost = 0
            except Unreachable:
                lost += 1
                if lost > 60:
                    raise
                time.sleep(1)
                continue
            heard(run)
            if run["state"] in FINAL:
                return run
            time.sleep(every)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        import httpx

        try:
            response = self._http.request(method, path, **options)
        except UnicodeError:
            raise Refused("request.unreadable", "caractère illisible dans le texte") from None
        except httpx.HTTPError as error:
            raise Unreachable(
                "api.unreachable",
                "l’espace de travail ne répond pas : {reason}",
                hint="« archipel status » dit ce qui tourne.",
                reason=str(error) or type(error).__name__,
            ) from None
        if response.is_success:
            return response
        raise _error(response)


class Unreachable(Failed):
    """The workspace's API did not answer."""

    exit_code = 1


def _error(response: Any) -> ArchipelError:
    try:
        told: Mapping[str, Any] = response.json()
    except ValueError:
        told = {"message": f"{response.status_code} {response.text[:200]}"}
    if "errors" in told:
        return Refusals([_one(entry, response.status_code) for entry in told["errors"]])
    return _one(told, response.status_code)


def _one(told: Mapping[str, Any], status: int) -> ArchipelError:
    kind = _KINDS.get(status, Failed if status >= 500 else Refused)
    # The sentence is already in the reader's language: its braces are no holes.
    message = str(told.get("message") or told.get("detail") or status).replace("{", "{{").replace("}", "}}")
    hint = str(told.get("hint", "")).replace("{", "{{").replace("}", "}}")
    return kind(str(told.get("code", "api.error")), message, where=str(told.get("where", "")), hint=hint)


def uploaded(client: Client, specs: Iterable[ParameterSpec], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with each named path sent and replaced by its upload."""
    values = dict(given)
    for spec in specs:
        value = values.get(spec.name)
        if spec.is_word(value):
            continue
        if spec.kind in (Kind.FICHIER, Kind.DOSSIER) and isinstance(value, str) and value:
            path = home_expanded(value)
            demand_readable(spec, path)
            values[spec.name] = {"upload": client.upload(path, spec.companions)}
    return values
