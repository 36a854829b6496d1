"""What a manifest on somebody's disk has that a published one has not: inherited fields, folders and repositories."""

from collections.abc import Iterator
from typing import Any

from packhouse.domain.errors import Invalid

_TABLES = ("dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies")
_ELSEWHERE = {"path": "a folder", "git": "a git repository"}
_HINT = "a workspace that stands in another file is not there"

Table = dict[str, Any]


def inherit(manifest: Table) -> None:
    """Put in what is inherited from a workspace in the same file; raise Invalid for what that has not."""
    workspace = manifest.get("workspace")
    common = workspace if isinstance(workspace, dict) else {}
    package = manifest.get("package", manifest.get("project"))
    if isinstance(package, dict):
        _inherit_fields(package, common.get("package"))
        package.setdefault("version", "0.0.0")  # a crate that is never published needs none
    for table in _dependency_tables(manifest):
        _inherit_dependencies(table, common.get("dependencies"))


def _inherit_fields(package: Table, common: object) -> None:
    for name, value in list(package.items()):
        if isinstance(value, dict) and value.get("workspace") is True:
            del package[name]
            if isinstance(common, dict) and name in common:
                package[name] = common[name]


def _inherit_dependencies(table: Table, common: object) -> None:
    for alias, written in table.items():
        if isinstance(written, dict) and written.get("workspace") is True:
            if not isinstance(common, dict) or alias not in common:
                raise Invalid(f"dependency {alias} is inherited from a workspace that is not there", _HINT)
            table[alias] = _merged(common[alias], written)


def take_out(manifest: Table) -> tuple[str, ...]:
    """Take dependencies out that come from no registry, and say so."""
    notes: dict[str, None] = {}
    for table in _dependency_tables(manifest):
        for alias, written in list(table.items()):
            where = next((each for each in _ELSEWHERE if isinstance(written, dict) and each in written), None)
            if where is not None:
                notes[f"{alias} comes from {_ELSEWHERE[where]}, which is not looked at"] = None
                del table[alias]
    if notes:
        _forget_features(manifest)
    return tuple(notes)


def _dependency_tables(manifest: Table) -> Iterator[Table]:
    targets = manifest.get("target")
    of_targets = targets.values() if isinstance(targets, dict) else ()
    for holder in (manifest, *of_targets):
        for name in _TABLES:
            table = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(table, dict):
                yield table


def _merged(common: object, own: Table) -> Table:
    """Add what the member says: features are put together, all else of the workspace stays."""
    merged: Table = {"version": common} if isinstance(common, str) else dict(common) if isinstance(common, dict) else {}
    for name, value in own.items():
        if name == "features" and isinstance(value, list):
            before = merged.get("features")
            merged["features"] = [*(before if isinstance(before, list) else ()), *value]
        elif name == "optional" or (name == "default-features" and value is True):
            merged[name] = value
    return merged


def _forget_features(manifest: Table) -> None:
    """Take out of the features what switches something on in a dependency that is no longer there."""
    left = {alias for table in _dependency_tables(manifest) for alias in table}
    features = manifest.get("features")
    if not isinstance(features, dict):
        return
    for name, values in features.items():
        if isinstance(values, list):
            features[name] = [each for each in values if not isinstance(each, str) or _is_there(each, left, features)]


def _is_there(value: str, left: set[str], features: Table) -> bool:
    if value.startswith("dep:"):
        return value[4:] in left
    dependency = value.partition("/")[0].removesuffix("?")
    return dependency in left if "/" in value else (value in features or value in left)
