"""Every setting, in one table, and the configuration that comes of it.

A value is looked for among the flags, then in the environment, then in packhouse.toml, then in the table.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.config.forges import read_forges
from packhouse.config.issuers import read_issuers
from packhouse.config.reading import parse_value, unknown
from packhouse.config.settings import SETTINGS, Setting
from packhouse.config.upstreams import read_upstreams
from packhouse.domain.errors import ConfigError
from packhouse.domain.forge import Forge
from packhouse.domain.trust import Issuer
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.formats.pace import Pace
from packhouse.services.access import Publishers, Readers

FILE_NAME = "packhouse.toml"


class LogConfig(Struct, frozen=True):
    """What is said on stderr."""

    level: str
    format: str


class CacheConfig(Struct, frozen=True):
    """How long and how much is kept."""

    index_fresh_s: float
    index_stale_s: float
    memory_bytes: int


class PolicyConfig(Struct, frozen=True):
    """What a team does not want to install."""

    minimum_age_s: float
    minimum_age_exclude: tuple[str, ...]
    malware: Literal["refuse", "allow"]
    malware_exclude: tuple[str, ...]
    deny: tuple[str, ...]


class AccessConfig(Struct, frozen=True):
    """Who may do what, for whom nothing else was granted."""

    upstream: Readers
    hosted: Readers
    publish: Publishers
    registration: bool
    reserved: tuple[str, ...]


class PublishConfig(Struct, frozen=True):
    """What may be published."""

    max_archive_bytes: int
    categories: Path | None
    trusted_root: Path | None
    invite_owners: bool
    audience: str | None


class LimitsConfig(Struct, frozen=True):
    """How often each user may publish; None for as often as they like."""

    create: Pace | None
    update: Pace | None
    yank: Pace | None


class GrpcConfig(Struct, frozen=True):
    """The second port."""

    port: int | Literal["next"] | None
    """None where there is none."""
    certificate: Path | None
    key: Path | None


class ProvenanceConfig(Struct, frozen=True):
    """What statements about releases are checked against."""

    trusted_root: Path | None


class AdvisoriesConfig(Struct, frozen=True):
    """Which live database of advisories is followed, and how often."""

    fetch: bool
    url: str
    """Empty for that of OSV."""
    every_s: float
    parts: tuple[str, ...]
    """Empty for those of the ecosystems that are served."""


class ProjectsConfig(Struct, frozen=True):
    """How often forges are asked about source repositories."""

    fetch: bool
    fresh_s: float
    missing_s: float
    wait_s: float


class HooksConfig(Struct, frozen=True):
    """Where hooks may be sent."""

    allow: tuple[str, ...]


class DependentsConfig(Struct, frozen=True):
    """What is done to know who depends on what."""

    enabled: bool
    share: float


class CapabilitiesConfig(Struct, frozen=True):
    """What is done to know what code can do."""

    make: bool
    timeout_s: float


class Config(Struct, frozen=True):
    """Everything that an operator has decided."""

    host: str
    port: int
    data: Path
    public_url: str | None
    trusted_proxies: tuple[str, ...]
    offline: bool
    workers: int
    git_index: bool
    log: LogConfig
    cache: CacheConfig
    upstream: UpstreamSettings
    access: AccessConfig
    publish: PublishConfig
    limits: LimitsConfig
    grpc: GrpcConfig
    advisories: AdvisoriesConfig
    projects: ProjectsConfig
    hooks: HooksConfig
    dependents: DependentsConfig
    capabilities: CapabilitiesConfig
    provenance: ProvenanceConfig
    policy: PolicyConfig
    upstreams: tuple[UpstreamRegistry, ...]
    """The well-known ones, as changed by [upstreams.<name>], and then those that the operator added."""
    issuers: tuple[Issuer, ...]
    """Likewise, as changed by [issuers.<name>]."""
    forges: tuple[Forge, ...]
    """Likewise, as changed by [forges.<name>]."""
    file: Path | None = None
    """The packhouse.toml that was read."""

    @property
    def grpc_port(self) -> int | None:
        """The port of gRPC; there is none beside a port that the system chooses, unless one is named."""
        if self.grpc.port != "next":
            return self.grpc.port
        return self.port + 1 if 0 < self.port < 65_535 else None


def load(flags: Mapping[str, str | bool | None], environ: Mapping[str, str], file: Path | None = None) -> Config:
    """Decide every setting; raise ConfigError naming the place of what is wrong.

    Flags are named as settings are; None is a flag that was not given. Without `file`, packhouse.toml is looked for
    in the working directory and then in the data directory.
    """
    path = _find_file(flags, environ, file)
    written = _read(path) if path else {}
    tables, issuers = written.pop("upstreams", {}), written.pop("issuers", {})
    forges = written.pop("forges", {})
    keys = _flatten(written, path)
    chosen: dict[str, dict[str, Any]] = {section: {} for section in ("", *_SECTIONS)}
    for setting in SETTINGS:
        section = setting.name.rpartition(".")[0]
        chosen[section][setting.field] = _choose(setting, flags, environ, keys, path)
    top = chosen[""]
    top["data"] = top["data"] or _user_data()
    return Config(
        **top,
        log=LogConfig(**chosen["log"]),
        cache=CacheConfig(**chosen["cache"]),
        upstream=UpstreamSettings(**chosen["upstream"]),
        access=AccessConfig(**chosen["access"]),
        publish=PublishConfig(**chosen["publish"]),
        limits=LimitsConfig(**chosen["limits"]),
        grpc=GrpcConfig(**chosen["grpc"]),
        advisories=AdvisoriesConfig(**chosen["advisories"]),
        projects=ProjectsConfig(**chosen["projects"]),
        hooks=HooksConfig(**chosen["hooks"]),
        dependents=DependentsConfig(**chosen["dependents"]),
        capabilities=CapabilitiesConfig(**chosen["capabilities"]),
        provenance=ProvenanceConfig(**chosen["provenance"]),
        policy=PolicyConfig(**chosen["policy"]),
        upstreams=read_upstreams(tables, path),
        issuers=read_issuers(issuers, path),
        forges=read_forges(forges, path),
        file=path,
    )


def _find_file(flags: Mapping[str, str | bool | None], environ: Mapping[str, str], file: Path | None) -> Path | None:
    if named := file or environ.get("PACKHOUSE_CONFIG"):
        path = Path(named)
        if not path.is_file():
            raise ConfigError(f"there is no file {path}", "name an existing packhouse.toml, or leave --config out")
        return path
    data = flags.get("data") or environ.get("PACKHOUSE_DATA")
    # Not needed where the working directory has one: finding the user's folder costs an import.
    if (here := Path(FILE_NAME)).is_file():
        return here
    there = (Path(str(data)).expanduser() if data else _user_data()) / FILE_NAME
    return there if there.is_file() else None


def _user_data() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 (5 ms, and only where no directory is named)

    return user_data_path("packhouse", appauthor=False)


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 (most servers have no file)

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", "text needs quotes, a list needs brackets") from error


def _flatten(tables: dict[str, Any], path: Path | None, prefix: str = "") -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in tables.items():
        name = prefix + key
        if isinstance(value, dict) and name in _SECTIONS:
            keys |= _flatten(value, path, f"{name}.")
        elif name in _BY_NAME:
            keys[name] = value
        else:
            raise unknown(str(path), name, [*_BY_NAME, *_SECTIONS, "upstreams", "issuers", "forges"])
    return keys


def _choose(
    setting: Setting,
    flags: Mapping[str, str | bool | None],
    environ: Mapping[str, str],
    keys: Mapping[str, Any],
    path: Path | None,
) -> Any:  # noqa: ANN401 (each setting has its own type)
    if (given := flags.get(setting.name)) is not None:
        return parse_value(setting, given, setting.flag)
    # An empty variable is how a compose file leaves one out.
    if text := environ.get(setting.variable):
        return parse_value(setting, text, setting.variable)
    if setting.name in keys:
        value = parse_value(setting, keys[setting.name], f"{path}: {setting.name}")
        # A file means its own folder, wherever the server is started.
        return path.parent / value if path and isinstance(value, Path) else value
    return setting.kind.parse(setting.default) if setting.default else setting.kind.absent


_BY_NAME = {setting.name: setting for setting in SETTINGS}
_SECTIONS = (
    "log",
    "cache",
    "upstream",
    "access",
    "publish",
    "limits",
    "grpc",
    "advisories",
    "projects",
    "hooks",
    "dependents",
    "capabilities",
    "provenance",
    "policy",
)
