"""Options of a command that are settings, made from the table of settings."""

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

from cyclopts import Parameter

from packhouse.config import Config, load
from packhouse.config.kinds import SWITCH
from packhouse.config.settings import SETTINGS, Setting

P = ParamSpec("P")

_FILE = Parameter(name="--config", help="The packhouse.toml to read.")


def configured(*names: str) -> Callable[[Callable[Concatenate[Config, P], int]], Callable[..., int]]:
    """Give a command the named settings as options (all without names) and hand it the configuration."""
    settings = [setting for setting in SETTINGS if not names or setting.name in names]

    def decorate(command: Callable[Concatenate[Config, P], int]) -> Callable[..., int]:
        def run(*arguments: Any, config: Path | None = None, **given: Any) -> int:  # noqa: ANN401
            flags = {setting.name: given.pop(_field(setting), None) for setting in settings}
            return command(load(flags, os.environ, config), *arguments, **given)

        _, *own = inspect.signature(command).parameters.values()
        options = [_option("config", Path | None, _FILE), *map(_setting_option, settings)]
        run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        run.__doc__ = command.__doc__
        run.__name__ = command.__name__
        return run

    return decorate


def _setting_option(setting: Setting) -> inspect.Parameter:
    # Texts are read by the table, so that a flag, a variable and a line of the file have the same errors.
    kind = bool | None if setting.kind is SWITCH else str | None
    default = f" [default: {setting.default}]" if setting.default else ""
    return _option(_field(setting), kind, Parameter(name=setting.flag, help=f"{setting.help}.{default}"))


def _option(name: str, kind: object, parameter: Parameter) -> inspect.Parameter:
    annotation = Annotated[kind, parameter]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _field(setting: Setting) -> str:
    return setting.name.replace(".", "_")
