"""The stores of bundler and gem, for upstreams that an operator has credentials for in them."""

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.gem.client import bundle_config

_LINE = r"(?P<name>BUNDLE_[^\s]+):[ \t]+(?P<quote>[\"']?)(?P<value>[^\"'\r\n]*)(?P=quote)[ \t]*"


def find(url: str, home: Path, environ: Mapping[str, str]) -> str | None:
    """Find user and password for an address: of its host, in the environment first, as bundler does."""
    host = urlsplit(url).hostname or ""
    names = [f"BUNDLE_{_variable(each)}" for each in (url, f"{url}/", host)]
    written = _read(bundle_config(home, environ))
    for store in (environ, written):
        for name in names:
            if value := store.get(name):
                # Both parts are written as in an address; a token may stand alone.
                user, _, password = value.partition(":")
                return f"Basic {b64encode(f'{unquote(user)}:{unquote(password)}'.encode()).decode()}"
    return None


def _variable(text: str) -> str:
    return text.upper().replace(".", "__").replace("-", "___")


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read", "correct it, or name the secret in packhouse.toml") from error
    return {match["name"]: match["value"].strip() for line in lines if (match := re.fullmatch(_LINE, line))}
