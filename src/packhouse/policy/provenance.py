"""What is to be believed of a signed statement about a file: pure functions over what was read and checked.

A statement is signed by whoever ran a workflow, who can have it say anything. So repository and commit are believed
where the certificate has them, and a statement that says otherwise is not believed at all.
"""

from collections.abc import Mapping, Sequence

from packhouse.domain.digest import Digest
from packhouse.domain.project import PROVENANCES, Provenance, Relation
from packhouse.domain.project_address import project_anywhere
from packhouse.domain.provenance import (
    SIGNED_FILE,
    Attested,
    Builder,
    Presented,
    Publisher,
    Subject,
    is_publication,
    is_slsa,
)
from packhouse.formats.build_certificate import read_claims
from packhouse.formats.sigstore_bundle import Envelope, Statement, Unreadable, read_envelope, read_statement

_STRONG = ("sha512", "sha256")
"""The digests that tell files apart, the stronger first."""


_OTHER_FILE = "it is about another file"
_NO_CERTIFICATE = "it is signed with a key, not with the certificate of a build"


class Read(Attested, frozen=True):
    """A statement that was read, and what is wrong with it so far."""

    payload: bytes = b""
    """As it was signed; what was verified must be just this."""
    signed_file: str = ""
    """The SHA-256 of the file, where that was signed without a statement."""


def read(presented: Presented, filename: str, url: str, digests: Sequence[Digest]) -> Read:
    """Read a statement and hold it against the file that it should be about; it is not verified yet."""
    try:
        envelope = read_envelope(presented.bundle)
        if envelope.signed_file:
            return _signed(envelope, filename, url, digests)
        statement = read_statement(envelope.payload)
        builder = _builder(envelope)
    except Unreadable as error:
        return Read("", filename, url, reason=f"it cannot be read: {error}")
    repository, commit = _source(statement)
    return Read(
        type=statement.predicate_type,
        filename=filename,
        url=url,
        reason=_fault(presented, statement, builder, digests, envelope, (repository, commit)),
        repository=repository or builder.repository,
        commit=commit or builder.commit,
        builder=builder,
        subjects=tuple(Subject(each.name, each.digest) for each in statement.subjects),
        payload=envelope.payload,
    )


def _signed(envelope: Envelope, filename: str, url: str, digests: Sequence[Digest]) -> Read:
    """Read the signature of a file: all that is known of its source is in the certificate."""
    builder = _builder(envelope)
    reason = _NO_CERTIFICATE if not envelope.certificate else ""
    if Digest("sha256", envelope.signed_file) not in digests:
        reason = _OTHER_FILE
    return Read(
        type=SIGNED_FILE,
        filename=filename,
        url=url,
        reason=reason,
        repository=builder.repository,
        commit=builder.commit,
        builder=builder,
        subjects=(Subject(filename, {"sha256": envelope.signed_file}),),
        signed_file=envelope.signed_file,
    )


def conclude(found: Read, verified: bytes | None, reason: str) -> Attested:
    """Say what is to be believed, given the statement that was verified, or why none was."""
    if not found.reason and verified is not None and verified != found.payload:
        reason = "it can be read in two ways"
    why = found.reason or reason
    believed = not why and verified is not None
    builder = found.builder
    return Attested(
        type=found.type,
        filename=found.filename,
        url=found.url,
        verified=believed,
        reason=why or ("" if believed else "it was not checked"),
        repository=builder.repository if believed else found.repository,
        commit=builder.commit if believed else found.commit,
        builder=builder,
        subjects=found.subjects,
    )


def _fault(
    presented: Presented,
    statement: Statement,
    builder: Builder,
    digests: Sequence[Digest],
    envelope: Envelope,
    source: tuple[str, str],
) -> str:
    """Say why a statement is not about this file or not by this publisher; empty where nothing speaks against it."""
    if not any(_is_about(subject.name, subject.digest, presented.names, digests) for subject in statement.subjects):
        return _OTHER_FILE
    if not envelope.certificate:
        return _NO_CERTIFICATE
    if (fault := _contradiction(builder, *source)) or (fault := _other_publisher(builder, presented.publisher)):
        return fault
    return ""


def _is_about(name: str, told: Mapping[str, str], names: Sequence[str], digests: Sequence[Digest]) -> bool:
    """Compare by the strongest digest that both have; all that both have must be the same."""
    known = {each.algorithm: each.value for each in digests}
    shared = [algorithm for algorithm in _STRONG if algorithm in known and algorithm in told]
    return name in names and bool(shared) and all(known[each] == told[each].lower() for each in shared)


def _contradiction(builder: Builder, repository: str, commit: str) -> str:
    if repository and canonical(repository) != canonical(builder.repository):
        return f"it names the repository {repository}, its certificate {builder.repository or 'none'}"
    if commit and commit != builder.commit:
        return f"it names the commit {commit}, its certificate {builder.commit or 'none'}"
    return ""


def _other_publisher(builder: Builder, publisher: Publisher) -> str:
    if publisher.repository and canonical(publisher.repository) != canonical(builder.repository):
        return f"it is not signed by its publisher, {publisher.repository}, but by {builder.identity or 'nobody'}"
    workflow = builder.workflow.partition("@")[0]
    if publisher.workflow and publisher.workflow.lower() != workflow.lower():
        return f"it is not signed by the workflow of its publisher, but by {workflow or 'none'}"
    if publisher.email and publisher.email != builder.identity:
        return f"it is not signed by its publisher, {publisher.email}, but by {builder.identity or 'nobody'}"
    return ""


def relations(version: str, found: Sequence[Attested]) -> tuple[Relation, ...]:
    """Name the repositories that verified statements say a release comes from, the surest first."""
    known: set[tuple[Provenance, str]] = {
        ("slsa" if is_slsa(each) else "publish", project)
        for each in found
        if each.verified
        and (is_slsa(each) or is_publication(each))
        and (project := project_anywhere(each.repository)) is not None
    }
    ordered = sorted(known, key=lambda pair: (PROVENANCES.index(pair[0]), pair[1]))
    return tuple(Relation(project, version, "source", provenance) for provenance, project in ordered)


def canonical(repository: str) -> str:
    """Write the address of a repository in one form: host and path in small letters."""
    text = repository.lower().removeprefix("git+")
    return text.partition("://")[2].removesuffix("/").removesuffix(".git") if "://" in text else text


def _builder(envelope: Envelope) -> Builder:
    if not envelope.certificate:
        return Builder()
    try:
        return Builder(**read_claims(envelope.certificate))
    except ValueError as error:
        raise Unreadable(f"its certificate: {str(error)[:200]}") from error


def _source(statement: Statement) -> tuple[str, str]:
    """Find the repository and the commit that a statement of SLSA claims."""
    if statement.predicate_type == "https://slsa.dev/provenance/v1":
        return _source_of_v1(statement.predicate)
    if statement.predicate_type == "https://slsa.dev/provenance/v0.2":
        return _source_of_v02(statement.predicate)
    return "", ""


def _source_of_v1(predicate: object) -> tuple[str, str]:
    """Read `workflow.repository` (GitHub) or `source` (GitLab), and the commit among the resolved dependencies."""
    definition = _at(predicate, "buildDefinition")
    parameters = _at(definition, "externalParameters")
    repository = _written(_at(parameters, "workflow", "repository")) or _written(_at(parameters, "source"))
    dependencies = _at(definition, "resolvedDependencies")
    for each in dependencies if isinstance(dependencies, list) else ():
        uri = _repository(_written(_at(each, "uri")))
        if uri and (not repository or canonical(uri) == canonical(repository)):
            digest = _at(each, "digest")
            commit = _written(_at(digest, "gitCommit")) or _written(_at(digest, "sha1"))
            return repository or uri, commit
    return repository, ""


def _source_of_v02(predicate: object) -> tuple[str, str]:
    source = _at(predicate, "invocation", "configSource")
    return _repository(_written(_at(source, "uri"))), _written(_at(source, "digest", "sha1"))


def _repository(uri: str) -> str:
    """Take the ref off an address such as git+https://github.com/user/repo@refs/heads/main."""
    return uri.removeprefix("git+").partition("@")[0]


def _at(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _written(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""
