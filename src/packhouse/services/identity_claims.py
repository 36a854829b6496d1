"""What the services that run builds call the things which we compare."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from packhouse.domain.errors import Invalid
from packhouse.domain.trust import Identity, Issuer, IssuerKind

_GITHUB_FOLDER = "/.github/workflows/"
_UNTRUSTED_EVENTS = frozenset({"pull_request_target", "workflow_run"})
"""Runs with the repository's rights that somebody without any can set off, on code of theirs."""


def identity_of(issuer: Issuer, claims: Mapping[str, Any]) -> Identity:
    """Read an identity from claims that were verified; raise Invalid for claims that say too little."""
    return _READERS[issuer.kind](issuer, claims)


def _github(issuer: Issuer, claims: Mapping[str, Any]) -> Identity:
    del issuer
    path = _text(claims, "repository")
    owner, _, repository = path.partition("/")
    if not owner or not repository or "/" in repository or _text(claims, "repository_owner", owner) != owner:
        raise _unexpected("repository")
    owner_id = _text(claims, "repository_owner_id")
    if not owner_id.isdecimal():
        raise _unexpected("repository_owner_id")
    event = _text(claims, "event_name", "")
    if event in _UNTRUSTED_EVENTS:
        raise Invalid(f"Trusted Publishing is not possible from a run of `{event}`", "publish on a push or a release")
    # A workflow of another repository can be part of a run; it is not the one that was trusted.
    claim = "workflow_ref" if "workflow_ref" in claims else "job_workflow_ref"
    file = _text(claims, claim).partition("@")[0]
    workflow = file[len(path) + len(_GITHUB_FOLDER) :]
    if file.lower() != f"{path}{_GITHUB_FOLDER}{workflow}".lower() or not re.fullmatch(r"[^/]+\.ya?ml", workflow):
        raise _unexpected(claim)
    return Identity(
        kind="github",
        owner=owner,
        repository=repository,
        workflow=workflow,
        environment=_text(claims, "environment", ""),
        owner_id=owner_id,
        facts=_facts("github", claims, ("repository", "run_id", "sha")),
    )


def _gitlab(issuer: Issuer, claims: Mapping[str, Any]) -> Identity:
    path = _text(claims, "project_path")
    # Groups can be in groups: all before the last slash is the namespace.
    owner, _, repository = path.rpartition("/")
    if not owner or not repository:
        raise _unexpected("project_path")
    owner_id = _text(claims, "namespace_id")
    if not owner_id:
        raise _unexpected("namespace_id")
    file = _text(claims, "ci_config_ref_uri").partition("@")[0]
    begin = f"{urlsplit(issuer.url).netloc}/{path}//"
    if not file.lower().startswith(begin.lower()) or not file[len(begin) :]:
        raise _unexpected("ci_config_ref_uri")
    return Identity(
        kind="gitlab",
        owner=owner,
        repository=repository,
        workflow=file[len(begin) :],
        environment=_text(claims, "environment", ""),
        owner_id=owner_id,
        facts=_facts("gitlab", claims, ("project_path", "job_id", "sha")),
    )


def _facts(provider: str, claims: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {"provider": provider} | {name: _text(claims, name, "") for name in names}


def _text(claims: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = claims.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # some write their numbers as numbers
    if value is None and default is not None:
        value = default
    if not isinstance(value, str) or len(value) > 512 or not value.isprintable():
        raise _unexpected(name)
    return value


def _unexpected(claim: str) -> Invalid:
    return Invalid(f"Unexpected `{claim}` value")


_READERS: dict[IssuerKind, Callable[[Issuer, Mapping[str, Any]], Identity]] = {"github": _github, "gitlab": _gitlab}
