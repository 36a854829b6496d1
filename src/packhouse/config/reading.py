"""Reading one value, and saying what is wrong with it."""

from typing import Any

from packhouse.config.settings import Setting
from packhouse.domain.errors import ConfigError


def parse_value(setting: Setting, value: object, place: str) -> Any:  # noqa: ANN401 (each setting has its own type)
    """Read a value; raise ConfigError that names its place."""
    try:
        return setting.kind.parse(value)
    except ValueError:
        hint = f"write {setting.kind.form}"
        if setting.name == "port" and str(value).startswith("tcp://"):
            hint = "Kubernetes sets this for a service named packhouse: set enableServiceLinks: false, or use --port"
        raise ConfigError(f"{place} cannot be {value!r}", hint) from None


def unknown(place: str, name: str, known: list[str]) -> ConfigError:
    """Make the error for a name that is no setting, with the one that may be meant."""
    from difflib import get_close_matches  # noqa: PLC0415 (only where there is an error)

    close = get_close_matches(name, known, n=1) or [
        each for each in known if each.rpartition(".")[2] == name.rpartition(".")[2]
    ]
    hint = f"did you mean {close[0]}?" if close else "docs/reference/settings.md lists every setting"
    return ConfigError(f"{place}: there is no setting {name}", hint)
