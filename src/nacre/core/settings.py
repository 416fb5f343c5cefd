"""One frozen tree of settings: defaults < nacre.toml < environment < flags, and where each value came from."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nacre.core.errors import InvalidInput

_OPEN_ADDRESS = r"^$|^https?://[^@/]+(/.*)?$"
"""Without a password in it: settings are shown."""


class Settings(BaseModel):
    """What can be set. In nacre.toml a key is the field's name; in the environment NACRE_ and the name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(description="Where Nacre keeps everything.")
    host: str = Field("127.0.0.1", description="The address that the HTTP API listens on.")
    port: int = Field(8420, ge=1, le=65535, description="The port that the HTTP API listens on.")
    pg_port: int = Field(54320, ge=1024, le=60000, description="The first port given to a branch's Postgres.")
    postgres_bin: Path | None = Field(
        None, description="The bin folder of a system PostgreSQL 15 to 18; empty: the one that Nacre brings."
    )
    user: str = Field("nacre", description="The unprivileged user that children run as when the daemon is root.")
    mode: Literal["full", "slim", "dev"] = Field(
        "full",
        description="full: a gateway with TLS, and people's pages apart from the console; slim: one plain port, behind "
        "a proxy of one's own; dev: as full, and Nacre's own code is loaded again when it changes.",
    )
    content_port: int = Field(
        0, ge=0, le=65535, description="The port of people's own pages, beside `port`; 0: the one after it."
    )
    domain: str = Field(
        "", description="The name this Nacre is reached by; people's pages are at names below it. Empty: by port."
    )
    ssh_port: int = Field(
        0, ge=0, le=65535, description="The port where git is reached over SSH too, on `host`; 0: it is not."
    )
    console: bool = Field(True, description="Whether the console is built on first use, and served.")
    isolation: Literal["bubblewrap", "none"] = Field(
        "bubblewrap", description="What keeps people's processes apart; none must be said aloud, and keeps nothing."
    )
    idle_minutes: float = Field(
        20, gt=0, le=10080, description="How long nobody uses a workspace until it is stopped; it starts again on use."
    )
    workspace_cpus: float = Field(2, gt=0, le=1024, description="The processors that one workspace may keep busy.")
    workspace_memory_mb: int = Field(
        2048, ge=128, description="The memory that one workspace may take, swap included, in MB."
    )
    workspace_processes: int = Field(512, ge=16, description="How many processes and threads a workspace may have.")
    workspace_disk_gb: float = Field(
        10, gt=0, description="How large the home of a workspace, and its files, may each grow, in GB."
    )
    workspace_log_mb: int = Field(16, ge=1, description="How much of what one process writes is kept, in MB.")
    egress: Literal["open", "allow-list", "closed"] = Field(
        "open",
        description="What workspaces reach of the internet: all of it, `egress_hosts` alone, or nothing; never this "
        "machine or private addresses.",
    )
    egress_hosts: str = Field(
        "",
        description="The hosts that workspaces reach where egress is allow-list, separated by spaces; *.example.org "
        "is every name below example.org.",
    )
    build_cpus: float = Field(2, gt=0, le=1024, description="The processors that one build may keep busy.")
    build_memory_mb: int = Field(2048, ge=128, description="The memory that one build may take, swap included, in MB.")
    build_disk_gb: float = Field(
        10, gt=0, description="How large what one build writes, and the packages it keeps, may each grow, in GB."
    )
    build_minutes: float = Field(20, gt=0, le=1440, description="How long one command of a build may take.")
    image_limit_mb: int = Field(
        4096, ge=1, description="How large an image may be beside the base that images share, in MB."
    )
    storage: Literal["auto", "btrfs", "reflink", "copy"] = Field(
        "auto", description="How trees are cloned; auto probes for copy-on-write."
    )
    oidc_issuer: str = Field(
        "", description="The OpenID Connect provider that people may sign in through, as it calls itself; empty: none."
    )
    oidc_client_id: str = Field("", description="What that provider knows this Nacre as.")
    oidc_client_secret_file: Path | None = Field(
        None, description="A file with the client secret; empty: a public client, which PKCE alone protects."
    )
    oidc_name: str = Field("OpenID", description="What the provider is called on the sign-in page.")
    oidc_domains: str = Field(
        "", description="Mail domains, comma-separated, whose people get in without an invitation, as users."
    )
    oidc_admins: str = Field(
        "", description="E-mail addresses, comma-separated, of those who become admins when they first sign in."
    )
    registry: str = Field(
        "", description="The address of a registry to which published images are brought too; empty: none."
    )
    registry_credentials_file: Path | None = Field(
        None, description="A file with one line, NAME:PASSWORD, for that registry; empty: it asks for none."
    )
    llm_keep_texts: bool = Field(
        True, description="Whether the audit of models keeps prompts and answers, or only a digest of what was asked."
    )
    llm_audit_days: float = Field(90, gt=0, le=3650, description="How many days the audit of models goes back.")
    llm_cache_hours: float = Field(
        168, gt=0, le=87_600, description="How long an answer of a model is given again to the very same prompt."
    )
    llm_cache_mb: int = Field(256, ge=1, description="How large the cache of answers may grow, in MB.")
    llm_listen: str = Field(
        "",
        description="The address, HOST:PORT, at which databases elsewhere call models by TLS; empty: none may.",
        pattern=r"^$|^.+:\d{1,5}$",
    )
    llm_certificate_file: Path | None = Field(
        None, description="The certificate, with its chain, for that address; empty: one of its own, signed by itself."
    )
    llm_certificate_key_file: Path | None = Field(None, description="The private key of that certificate.")
    llm_private_hosts: str = Field(
        "",
        description="Hosts of this machine and its private networks, separated by spaces, that people's databases may "
        "add models at, as 127.0.0.1:11434; admins may add them anywhere.",
    )
    heartbeat_url: str = Field(
        "",
        description="An address that is asked for once a minute while alerts are looked after; empty: none is.",
        pattern=r"^$|^https?://.+",
    )
    alert_language: Literal["en", "zh"] = Field(
        "en", description="The language of messages about alerts: English or Chinese."
    )
    metrics_from: str = Field(
        "", description="Addresses and networks, separated by spaces, that read /metrics without a token."
    )
    log_source_mb: int = Field(64, ge=1, description="How much is kept of the log of one source, in MB, compressed.")
    log_days: float = Field(14, gt=0, le=3650, description="How many days logs are kept.")
    log_total_gb: float = Field(5, gt=0, description="How much all logs together may take, in GB.")
    log_push_url: str = Field(
        "",
        description="An address that log lines are passed on to as well: Loki's, which ends in /loki/api/v1/push, or "
        "VictoriaLogs' /insert/jsonline.",
        pattern=_OPEN_ADDRESS,
    )
    log_push_token_file: Path | None = Field(None, description="A file with the bearer token for that address.")
    remote_write_url: str = Field(
        "",
        description="An address that what is measured is written to as well, by Prometheus' remote write, as "
        "http://prometheus:9090/api/v1/write; VictoriaMetrics and Mimir take it too.",
        pattern=_OPEN_ADDRESS,
    )
    remote_write_token_file: Path | None = Field(
        None, description="A file with the bearer token for remote_write_url; empty: it asks for none."
    )
    otlp_url: str = Field(
        "",
        description="An address that what is measured is sent to as well, by OpenTelemetry's OTLP in JSON, as "
        "http://collector:4318/v1/metrics.",
        pattern=_OPEN_ADDRESS,
    )
    otlp_token_file: Path | None = Field(
        None, description="A file with the bearer token for otlp_url; empty: it asks for none."
    )
    knowledge_private_hosts: str = Field(
        "",
        description="Hosts of this machine and its private networks, separated by spaces, whose pages may be fetched "
        "into collections, as wiki.internal or 10.0.0.8:8080.",
    )
    retention_days: float = Field(7, gt=0, le=3650, description="How many days a branch can go back.")
    upload_limit_gb: float = Field(2, gt=0, le=1000, description="How large one uploaded file may be, in GB.")
    history_cap_gb: float = Field(50, gt=0, description="How large one project's file history may grow, in GB.")
    wal_cap_gb: float = Field(50, gt=0, description="How large one branch's bases and WAL may grow, in GB.")

    @field_validator("log_push_url", "remote_write_url", "otlp_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        """Whoever sends there would find out where nobody looks."""
        parts = urlsplit(url)
        if url and (not parts.hostname or parts.port == 0):  # a port that is none raises by itself
            raise ValueError("it names no host")
        return url

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS: to the gateway, or to a proxy before a daemon that was given its name."""
        return self.mode != "slim" or self.domain != ""

    @property
    def socket(self) -> Path:
        return self.run / "nacre.sock"

    @property
    def door(self) -> Path:
        """The socket at which the API answers workspaces; alone in its folder, which they all see."""
        return self.home / "run" / "door" / "api.sock"

    @property
    def projects(self) -> Path:
        return self.home / "projects"

    @property
    def logs(self) -> Path:
        return self.home / "log"


Source = Literal["default", "nacre.toml", "environment", "flag"]


class Sourced(BaseModel):
    """One setting and where its value came from."""

    name: str
    value: str
    source: Source
    description: str


def load(environment: Mapping[str, str], flags: Mapping[str, Any]) -> tuple[Settings, list[Sourced]]:
    """Read the settings; `flags` are those given on the command line (None = not given).

    Raises InvalidInput "bad-settings" naming the value and where it came from.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    home = Path(given.get("home") or environment.get("NACRE_HOME") or default_home()).expanduser().absolute()
    values: dict[str, Any] = {"home": home}
    sources: dict[str, Source] = {"home": "default"}
    layers: tuple[tuple[Source, dict[str, Any]], ...] = (
        ("nacre.toml", _from_file(home / "nacre.toml")),
        ("environment", _from_environment(environment)),
        ("flag", given),
    )
    for source, layer in layers:
        for name, value in layer.items():
            if name != "home":
                values[name] = value
            sources[name] = source
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise InvalidInput(
            "bad-settings",
            f"The setting “{name}” (from {sources.get(name, 'default')}) is wrong: {first['msg']}.",
            hint="`nacre config show` lists every setting and where its value comes from.",
        ) from None
    return settings, [
        Sourced(
            name=name,
            value=str(getattr(settings, name)),
            source=sources.get(name, "default"),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def default_home() -> Path:
    return Path("/var/lib/nacre") if os.geteuid() == 0 else Path(platformdirs.user_data_dir("nacre"))


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("bad-settings", f"{path} cannot be read: {error}.") from error
    if "home" in values:
        raise InvalidInput(
            "bad-settings", f"{path} sets “home”, but it is found in there.", hint="Set NACRE_HOME instead."
        )
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = {f"NACRE_{name.upper()}": name for name in Settings.model_fields}
    return {names[key]: value for key, value in environment.items() if key in names and value != ""}
