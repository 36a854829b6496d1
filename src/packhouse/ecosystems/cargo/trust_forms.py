"""Configs of trusted publishing as the Web API writes them, and what may stand in them."""

import re
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.trust import IssuerKind, TrustedPublisher
from packhouse.ecosystems.cargo.hosted_document import iso
from packhouse.ecosystems.cargo.listing import Json
from packhouse.services.trusting import Wanted

T = TypeVar("T")

_LONGEST = 255
_LONGEST_OWNER = 39
_LONGEST_REPOSITORY = 100
_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_NAME = r"[A-Za-z0-9_.-]+"
_GITLAB = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
_NOT_IN_ENVIRONMENTS = frozenset("'\"`,;\\")


class GitHubFields(Struct):
    """A workflow that is to be trusted."""

    crate: str
    repository_owner: str
    repository_name: str
    workflow_filename: str
    environment: str | None = None
    repository_owner_id: int | None = None
    """We cannot ask the service for it, but whoever knows it can say it; else that of the first use counts."""

    def wanted(self) -> Wanted:
        """Check the fields; raise Invalid."""
        _check_length("GitHub repository owner name", self.repository_owner, _LONGEST_OWNER)
        _check_form("Invalid GitHub repository owner name", self.repository_owner, _OWNER)
        _check_length("GitHub repository name", self.repository_name, _LONGEST_REPOSITORY)
        _check_form("Invalid GitHub repository name", self.repository_name, _NAME)
        _check_length("Workflow filename", self.workflow_filename, _LONGEST)
        _check_workflow("Workflow filename", self.workflow_filename)
        if "/" in self.workflow_filename:
            raise Invalid("Workflow filename must be a filename only, without directories")
        owner_id = self.repository_owner_id
        return Wanted(
            kind="github",
            owner=self.repository_owner,
            repository=self.repository_name,
            workflow=self.workflow_filename,
            environment=_environment(self.environment),
            owner_id="" if not owner_id or owner_id < 0 else str(owner_id),
        )


class GitLabFields(Struct):
    """A pipeline that is to be trusted."""

    crate: str
    namespace: str
    project: str
    workflow_filepath: str
    environment: str | None = None

    def wanted(self) -> Wanted:
        """Check the fields; raise Invalid."""
        _check_length("GitLab namespace", self.namespace, _LONGEST)
        _check_form("Invalid GitLab namespace", self.namespace, rf"{_GITLAB}(?:/{_GITLAB})*")
        _check_length("GitLab project name", self.project, _LONGEST)
        _check_form("Invalid GitLab project name", self.project, _GITLAB)
        _check_length("Workflow filepath", self.workflow_filepath, _LONGEST)
        _check_workflow("Workflow filepath", self.workflow_filepath)
        if any(part in ("", ".", "..") for part in self.workflow_filepath.split("/")):
            raise Invalid("Workflow filepath must be a path inside the project, without `.` and `..`")
        return Wanted(
            kind="gitlab",
            owner=self.namespace,
            repository=self.project,
            workflow=self.workflow_filepath,
            environment=_environment(self.environment),
        )


class GitHubForm(Struct):
    """The body that asks for one."""

    github_config: GitHubFields


class GitLabForm(Struct):
    """The body that asks for one."""

    gitlab_config: GitLabFields


class ExchangeForm(Struct):
    """The body that asks for a token."""

    jwt: str


class CrateFields(Struct):
    """What of a crate can be set."""

    trustpub_only: bool


class CrateForm(Struct):
    """The body that sets something of a crate."""

    crate: CrateFields


def read_form(body: bytes, form: type[T]) -> T:
    """Read a body as a value of that form; raise Invalid where it has another."""
    try:
        return msgspec.json.decode(body, type=form)
    except RecursionError:
        raise Invalid("the body is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"the body cannot be read: {error}") from None


def read_fields(body: bytes, kind: IssuerKind) -> GitHubFields | GitLabFields:
    """Read the body that asks for a config; raise Invalid."""
    if kind == "github":
        return read_form(body, GitHubForm).github_config
    return read_form(body, GitLabForm).gitlab_config


def shown(publisher: TrustedPublisher) -> Json:
    """Write a config as the Web API does; the number of an owner that is not known yet is 0 or null."""
    written: dict[str, Any] = {"id": publisher.id, "crate": publisher.package.name}
    if publisher.kind == "github":
        written |= {
            "repository_owner": publisher.owner,
            "repository_owner_id": int(publisher.owner_id or 0),
            "repository_name": publisher.repository,
            "workflow_filename": publisher.workflow,
        }
    else:
        written |= {
            "namespace": publisher.owner,
            "namespace_id": publisher.owner_id or None,
            "project": publisher.repository,
            "workflow_filepath": publisher.workflow,
        }
    return written | {"environment": publisher.environment or None, "created_at": iso(publisher.created_at)}


def _check_length(what: str, text: str, longest: int) -> None:
    if not text:
        raise Invalid(f"{what} may not be empty")
    if len(text) > longest:
        raise Invalid(f"{what} is too long (maximum is {longest} characters)")


def _check_form(sentence: str, text: str, form: str) -> None:
    if not re.fullmatch(form, text, re.ASCII):
        raise Invalid(sentence)


def _check_workflow(what: str, text: str) -> None:
    if not text.endswith((".yml", ".yaml")):
        raise Invalid(f"{what} must end with `.yml` or `.yaml`")
    if not text.isprintable() or "@" in text or "\\" in text:
        raise Invalid(f"{what} must not contain `@`, `\\` or what cannot be printed")


def _environment(text: str | None) -> str:
    if text is None:
        return ""
    if not text:
        raise Invalid("Environment name may not be empty (use `null` to omit)")
    _check_length("Environment name", text, _LONGEST)
    if text != text.strip():
        raise Invalid("Environment name may not start or end with whitespace")
    if not text.isprintable() or not _NOT_IN_ENVIRONMENTS.isdisjoint(text):
        raise Invalid("Environment name must not contain non-printable characters or any of ' \" ` , ; \\")
    return text
