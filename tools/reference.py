"""Write the generated parts of the reference pages; `make docs` runs this through cog."""

from collections.abc import Iterable, Iterator

from capabilities import CAPABILITIES

from packhouse.adapters.upstream.defaults import DEFAULT_FORGES, DEFAULT_ISSUERS, DEFAULTS, OSV_BUCKET
from packhouse.app import load_ecosystems
from packhouse.cli.main import build_app
from packhouse.config.settings import FORGE_SETTINGS, ISSUER_SETTINGS, SETTINGS, UPSTREAM_SETTINGS, Setting


def settings() -> str:
    """Describe every setting with its key, flag and variable."""
    return "\n".join(line for setting in SETTINGS for line in _setting(setting))


def upstream_settings() -> str:
    """Describe the keys of [upstreams.<name>]."""
    rows = ((f"`{each.name}`", each.kind.form, _default(each), f"{each.help}.") for each in UPSTREAM_SETTINGS)
    return _table(("key", "value", "default", "meaning"), rows)


def issuer_settings() -> str:
    """Describe the keys of [issuers.<name>]."""
    rows = ((f"`{each.name}`", each.kind.form, _default(each), f"{each.help}.") for each in ISSUER_SETTINGS)
    return _table(("key", "value", "default", "meaning"), rows)


def issuers() -> str:
    """List the issuers that an operator can let count by their name alone."""
    rows = ((each.name, each.kind, f"`{each.url}`", f"`{each.keys_url}`") for each in DEFAULT_ISSUERS)
    return _table(("issuer", "kind", "address", "keys"), rows)


def forge_settings() -> str:
    """Describe the keys of [forges.<name>]."""
    rows = ((f"`{each.name}`", each.kind.form, _default(each), f"{each.help}.") for each in FORGE_SETTINGS)
    return _table(("key", "value", "default", "meaning"), rows)


def forges() -> str:
    """List who is asked about source repositories."""
    rows = ((each.name, each.host, f"`{each.url}`", "yes" if each.enabled else "no") for each in DEFAULT_FORGES)
    return _table(("forge", "repositories of", "address", "asked"), rows)


def commands() -> str:
    """Describe every command with its options."""
    return str(build_app().generate_docs(output_format="markdown", heading_level=2))


def advisories() -> str:
    """Name the live database of advisories."""
    return f"`{OSV_BUCKET}`"


def network() -> str:
    """List the hosts that a server with no configuration talks to."""
    rows = (
        (
            each.name,
            each.ecosystem,
            f"`{each.url}`",
            ", ".join(f"{name} `{url}`" for name, url in each.urls.items()),
            ", ".join(each.extra_hosts),
        )
        for each in DEFAULTS
    )
    return _table(("upstream", "ecosystem", "address", "further services", "further hosts"), rows)


def ecosystems() -> str:
    """Tell what each ecosystem supports, as its value says."""
    known = [ecosystem for ecosystem, _ in load_ecosystems().values()]
    rows = ((title, *(cell(each) for each in known)) for title, cell in CAPABILITIES.values())
    return _table(("", *(each.title for each in known)), rows)


def _setting(setting: Setting) -> Iterator[str]:
    yield f"### {setting.name}\n"
    yield f"{setting.help}.\n"
    rows = (
        ("value", setting.kind.form),
        ("default", _default(setting)),
        ("flag", f"`{setting.flag}`"),
        ("variable", f"`{setting.variable}`"),
    )
    yield _table(("", ""), rows) + "\n"


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else "none"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
