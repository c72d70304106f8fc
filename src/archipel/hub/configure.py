"""The workspace → JupyterHub's settings: small functions that only set.

workspace.host = "localhost", content_host = "127.0.0.1", port = 8000
→ c.JupyterHub.subdomain_host = "http://localhost:8000", services of the second origin on 127.0.0.1
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archipel.artifacts import Artifacts
from archipel.cluster import read_cluster
from archipel.content import pinned
from archipel.content.shared import SharedContent
from archipel.datafolder import DataFolder
from archipel.hub import clustered
from archipel.hub.accounts import Accounts, read_accounts
from archipel.hub.keeper import watch_proxy
from archipel.hub.pages import TEMPLATES, template_vars
from archipel.workspace import Workspace


def configure(c: Any, data: DataFolder) -> None:
    workspace = Workspace.read(data.workspace_file)
    assert workspace is not None, data.workspace_file
    cluster = read_cluster(data)
    if cluster is not None:
        SharedContent(data, Artifacts(cluster.store)).follow()
    accounts = read_accounts(data, workspace)
    current = pinned(data)
    assert current is not None
    set_addresses(c, workspace)
    set_storage(c, data)
    set_origins(c, workspace)
    set_sign_in(c, data, workspace, accounts)
    set_services(c, data, workspace)
    set_roles(c, accounts)
    set_sessions(c)
    if cluster is None:
        set_spawner(c, data, workspace)
    else:
        clustered.set_storage(c, data)
        clustered.set_spawner(c, data, cluster)
        watch_proxy(data)
    set_pages(c, workspace, current.folder)


def set_addresses(c: Any, workspace: Workspace) -> None:
    c.JupyterHub.base_url = workspace.base_path
    c.JupyterHub.bind_url = f"{workspace.scheme}://{workspace.bind}:{workspace.port}{workspace.base_path}"
    host, port = workspace.listens("hub")
    c.JupyterHub.hub_bind_url = f"http://{host}:{port}"
    c.JupyterHub.hub_connect_url = workspace.internal_url("hub")
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = workspace.internal_url("proxy_api")
    # Sessions outlive the hub: it finds them again when it is back.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.cleanup_proxy = False


def set_storage(c: Any, data: DataFolder) -> None:
    c.JupyterHub.db_url = f"sqlite:///{data.hub}/hub.sqlite"
    c.JupyterHub.cookie_secret = bytes.fromhex(data.key("hub-cookie"))
    c.ConfigurableHTTPProxy.auth_token = data.key("proxy")
    c.JupyterHub.pid_file = ""
    c.JupyterHub.log_level = "INFO"
    # An error goes to the log, where no value that somebody gave has a place.
    c.JupyterHub.db_kwargs = {"hide_parameters": True}


def set_origins(c: Any, workspace: Workspace) -> None:
    """Two origins on one port: people's servers with the hub, what notebooks wrote on the second."""
    # Cookies go along with a top-level form of another site unless this is explicit.
    c.JupyterHub.tornado_settings = {
        "cookie_options": {"SameSite": "Lax", "Secure": workspace.scheme == "https"},
        "headers": {"Content-Security-Policy": "frame-ancestors 'self'", "X-Content-Type-Options": "nosniff"},
    }
    routes = {f"{workspace.host}{workspace.portal_prefix}": workspace.internal_url("portal")}
    routes[f"{workspace.host}{workspace.mlflow_prefix}"] = workspace.internal_url("mlflow")
    if workspace.content_host:
        routes[f"{workspace.content_host}/"] = workspace.internal_url("dashboards")
    c.JupyterHub.subdomain_host = workspace.origin(workspace.host)
    c.JupyterHub.subdomain_hook = lambda name, domain, kind: domain
    c.ConfigurableHTTPProxy.extra_routes = routes


def set_sign_in(c: Any, data: DataFolder, workspace: Workspace, accounts: Accounts) -> None:
    c.Authenticator.manage_groups = True
    c.Authenticator.auto_login = False
    if workspace.oidc:
        from archipel.hub.oidc import set_oidc

        set_oidc(c, data, workspace.oidc, workspace.url, system_accounts=not workspace.cluster)
        return
    from archipel.hub.authenticator import LinkAuthenticator

    c.JupyterHub.authenticator_class = LinkAuthenticator
    c.LinkAuthenticator.root = str(data.root)
    c.Authenticator.allowed_users = set(accounts.names)
    c.Authenticator.admin_users = set(accounts.admins)
    # Reading the accounts costs nothing: a right given or taken away counts within seconds.
    c.Authenticator.auth_refresh_age = 5
    # What a token opens goes with its person: no « stale » answer.
    c.Authenticator.auth_refresh_strict = True


def set_services(c: Any, data: DataFolder, workspace: Workspace) -> None:
    first, second = (
        workspace.origin(workspace.host),
        workspace.origin(workspace.content_host or workspace.host),
    )
    callbacks = {
        "portal": f"{first}{workspace.portal_prefix}oauth_callback",
        "mlflow": f"{first}{workspace.mlflow_prefix}oauth_callback",
        "dashboards": f"{second}{workspace.base_path}oauth_callback",
    }
    services: list[dict[str, Any]] = [
        {
            "name": name,
            "api_token": data.key(name),
            "oauth_client_id": f"service-{name}",
            "oauth_redirect_uri": callback,
            "oauth_no_confirm": True,
            "display": False,
        }
        for name, callback in callbacks.items()
    ]
    services += [{"name": name, "api_token": data.key(name)} for name in ("operator", "keeper", "metrics")]
    c.JupyterHub.services = services


def set_roles(c: Any, accounts: Accounts) -> None:
    reach = [
        "access:services!service=portal",
        "access:services!service=mlflow",
        "access:services!service=dashboards",
    ]
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", *reach]},
        # A session's token reaches what its person reaches: the API, MLflow.
        {
            "name": "server",
            "scopes": ["users:activity!user", "access:servers!server", "read:users!user", *reach],
        },
        {"name": "portal", "services": ["portal"], "scopes": ["read:users", "read:servers", "read:groups"]},
        # It asks the portal who may read a run.
        {"name": "dashboards", "services": ["dashboards"], "scopes": ["access:services!service=portal"]},
        {
            "name": "operator",
            "services": ["operator"],
            "scopes": [
                "admin:users",
                "admin:servers",
                "admin:groups",
                "read:hub",
                "access:services",
                "proxy",
            ],
        },
        {"name": "keeper", "services": ["keeper"], "scopes": ["proxy", "read:hub"]},
        # The proxy leads people to /hub/metrics too: only this key, or an administrator, reads it.
        {"name": "metrics", "services": ["metrics"], "scopes": ["read:metrics"]},
    ]


def set_sessions(c: Any) -> None:
    """What holds for a session wherever it runs."""
    from archipel.hub.revoke import end_tokens

    c.Spawner.default_url = "/lab"
    c.Spawner.post_stop_hook = end_tokens
    # Each request would be written down, with the names of the person's files.
    c.Spawner.args = ["--log-level=WARN"]
    reach = ["access:services!service=portal", "access:services!service=mlflow"]
    c.Spawner.oauth_client_allowed_scopes = reach
    c.Spawner.server_token_scopes = [
        "users:activity!user",
        "access:servers!server",
        "read:users!user",
        "read:users:groups!user",
        *reach,
    ]


def set_spawner(c: Any, data: DataFolder, workspace: Workspace) -> None:
    from archipel.hub.spawner import PersonSpawner

    c.JupyterHub.spawner_class = PersonSpawner
    c.PersonSpawner.data_folder = str(data.root)
    c.PersonSpawner.start_timeout = 600
    # A home looked at, a first start that does not answer, then one in rescue mode.
    c.PersonSpawner.http_timeout = 200
    c.PersonSpawner.poll_interval = 10
    c.JupyterHub.concurrent_spawn_limit = 10


def set_pages(c: Any, workspace: Workspace, content: Path) -> None:
    from archipel.catalog.load import load_catalog

    catalog = load_catalog(content)
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = template_vars(workspace, catalog.workspace)
    c.JupyterHub.default_url = workspace.portal_prefix
    c.JupyterHub.redirect_to_server = False


def load_snippets(c: Any, folder: Path) -> None:
    """The escape hatch: each ``*.py`` of the folder, in order, with ``c`` in hand."""
    for path in sorted(folder.glob("*.py")) if folder.is_dir() else ():
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"c": c})  # noqa: S102  # the operator's own file
