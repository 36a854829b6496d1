"""The tables, once for every database.

Names of packages are text; digests are hexadecimal; moments are milliseconds; what only we read is MessagePack.
Large bytes stand in tables of their own, so that a look-up of the small columns touches few pages.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes a column the row number itself only if its type is spelled INTEGER.
ROW = BigInteger().with_variant(Integer(), "sqlite")


def _package_id(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "package_id", ROW, ForeignKey("package.id"), primary_key=primary_key, nullable=False, autoincrement=False
    )


META = Table(
    "meta",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("value", BigInteger, nullable=False),
)
"""Counters: `sequence` numbers generations and events alike, in the order in which they are committed; `accounts`
grows with every change of users, tokens, organisations and grants; `advisories` is the number of the last change of an
advisory; `aged` is the day that recent downloads are of; `named` is the place in the event log up to which names are
kept as similar ones."""

PACKAGE = Table(
    "package",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("name", "ecosystem", "origin"),
)

INDEX_DOCUMENT = Table(
    "index_document",
    METADATA,
    _package_id(primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("gone_at", BigInteger),
    Index(None, "generation", unique=True),
)

INDEX_BODY = Table(
    "index_body",
    METADATA,
    _package_id(primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

FURTHER_DOCUMENT = Table(
    "further_document",
    METADATA,
    Column("id", ROW, primary_key=True),
    _package_id(),
    Column("path", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checked_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("package_id", "path"),
)
"""Documents beside the index; one about a whole registry belongs to the package with the empty name."""

RECORD = Table(
    "record",
    METADATA,
    _package_id(primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

ARTIFACT = Table(
    "artifact",
    METADATA,
    Column("id", ROW, primary_key=True),
    _package_id(),
    Column("filename", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digests", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    UniqueConstraint("package_id", "filename"),
)

ARTIFACT_DIGEST = Table(
    "artifact_digest",
    METADATA,
    Column("prefix", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("package_id", ROW, ForeignKey("package.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("version", Text, primary_key=True, nullable=False),
    sqlite_with_rowid=False,
)
"""Where a file with a digest may be: the first eight bytes of the digest, of whatever kind, as a signed number.

A row is small, for there are millions; what it leads to has the whole digest. None goes when a release does, since
whoever looks one up reads the release."""

PACKAGE_PROJECT = Table(
    "package_project",
    METADATA,
    Column("prefix", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("package_id", ROW, ForeignKey("package.id"), primary_key=True, nullable=False, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which packages may name a source repository: the first eight bytes of a digest of the repository's id, as a signed
number. As with digests of files, whoever looks one up reads the record."""

PROJECT_RELATION = Table(
    "project_relation",
    METADATA,
    Column("project", Text, primary_key=True, nullable=False),
    Column("rank", Integer, primary_key=True, nullable=False, autoincrement=False),
    Column("package_id", ROW, ForeignKey("package.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("version", Text, primary_key=True, nullable=False),
    Column("type", Text, primary_key=True, nullable=False),
    Index(None, "package_id", "version"),
    sqlite_with_rowid=False,
)
"""What is known of releases and source repositories from elsewhere than records; the surest has the lowest rank."""

PROJECT_FACT = Table(
    "project_fact",
    METADATA,
    Column("project", Text, primary_key=True, nullable=False),
    Column("kind", Text, primary_key=True, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What forges and others say of a source repository; an empty body where they know none."""

RENDERED = Table(
    "rendered",
    METADATA,
    Column("id", ROW, primary_key=True),
    _package_id(),
    Column("variant", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("package_id", "variant"),
)

EVENT = Table(
    "event",
    METADATA,
    Column("sequence", ROW, primary_key=True, autoincrement=False),
    _package_id(),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("detail", LargeBinary),
    Index(None, "package_id", "sequence"),
)

SEARCH_DOCUMENT = Table(
    "search_document",
    METADATA,
    _package_id(primary_key=True),
    Column("name", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("summary", LargeBinary, nullable=False),
)
"""What is searched, as text, and the rest of the summary; the full-text index itself is each database's own."""

SEARCH_ENTRY = Table(
    "search_entry",
    METADATA,
    _package_id(primary_key=True),
    Column("place", ROW, ForeignKey("search_place.id"), nullable=False),
    Column("special", Integer, nullable=False),
    Column("folded", Text, nullable=False),
    Column("closeness", Float, nullable=False),
    Column("popularity", Float, nullable=False),
    Column("quality", Float, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("downloads", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("recent", BigInteger, nullable=False),
    Index(None, "folded"),
    Index(None, "place", "folded", "package_id", "special"),
    Index(None, "place", "downloads", "package_id", "special"),
    Index(None, "place", "recent", "package_id", "special"),
    Index(None, "place", "published_at", "package_id", "special"),
    Index(None, "place", "created_at", "package_id", "special"),
)
"""What decides whether and where a package is shown, in rows so small that thousands are read for one question.

`special` is 0 for nearly all. It has the bits 1: another origin has, or had, a package of the same name; 2: it was
published here; 4: it is restricted; 8: it is not to be found. `closeness` is what each letter of a text counts for
that is part of the name; `recent` are the downloads of the last 90 days. There is an index for each order in which
everything can be listed, with all that most pages need."""

SEARCH_PLACE = Table(
    "search_place",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("ecosystem", Text, nullable=False),
    Column("origin", Text, nullable=False),
    UniqueConstraint("ecosystem", "origin"),
)
"""Numbers for where packages are, which are compared quicker than text."""

SEARCH_FACET = Table(
    "search_facet",
    METADATA,
    Column("kind", Text, primary_key=True, nullable=False),
    Column("value", Text, primary_key=True, nullable=False),
    _package_id(primary_key=True),
    sqlite_with_rowid=False,
)
"""Keywords, people and flags, folded."""

SEARCH_WORD = Table(
    "search_word",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("word", Text, nullable=False),
    UniqueConstraint("word"),
)
"""Words that names were ever made of; one that none is made of any longer leads nowhere."""

SEARCH_SLIP = Table(
    "search_slip",
    METADATA,
    Column("form", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("word_id", ROW, primary_key=True, nullable=False, autoincrement=False),
    sqlite_with_rowid=False,
)
"""CRC-32 of each word and of what is left of it without one letter: where mistyped words meet those that were meant."""

DOWNLOAD_COUNT = Table(
    "download_count",
    METADATA,
    _package_id(primary_key=True),
    Column("day", Text, primary_key=True, nullable=False),
    Column("version", Text, primary_key=True, nullable=False),
    Column("count", BigInteger, nullable=False),
)
"""Files handed out, by day in UTC and version, which is empty for what was counted before versions were.

The package's origin is the registry that handed them out."""

UPSTREAM_SWITCH = Table(
    "upstream_switch",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("enabled", Integer, nullable=False),
)

ACCOUNT = Table(
    "account",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("identity", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("identity"),
)
"""People; `identity` is the name without regard to case."""

TOKEN = Table(
    "token",
    METADATA,
    Column("key", Text, primary_key=True, nullable=False),
    Column("hash", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("last_used_at", BigInteger),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("hash"),
    Index(None, "user"),
)

ORGANISATION = Table(
    "organisation",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

ROLE_GRANT = Table(
    "role_grant",
    METADATA,
    Column("id", Text, primary_key=True, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

AUDIT_ENTRY = Table(
    "audit_entry",
    METADATA,
    Column("sequence", ROW, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("user", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "user", "sequence"),
    Index(None, "subject", "sequence"),
)

HOSTED_PACKAGE = Table(
    "hosted_package",
    METADATA,
    _package_id(primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("restricted", Integer, nullable=False),
    Column("removed_at", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Index(None, "restricted"),
)
"""Whose a package is; what is searched for stands outside the body too."""

PACKAGE_OWNER = Table(
    "package_owner",
    METADATA,
    _package_id(primary_key=True),
    Column("user", Text, primary_key=True, nullable=False),
    Index(None, "user"),
)

VERSION_CLAIM = Table(
    "version_claim",
    METADATA,
    _package_id(primary_key=True),
    Column("version", Text, primary_key=True, nullable=False),
)
"""Versions that were ever published; a row never goes."""

STAR = Table(
    "star",
    METADATA,
    _package_id(primary_key=True),
    Column("user", Text, primary_key=True, nullable=False),
    Index(None, "user"),
)

SIGNING_KEY = Table(
    "signing_key",
    METADATA,
    Column("keyid", Text, primary_key=True, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)
"""Private keys are as safe as this database is; a row never goes, since what it signed is still checked with it."""

HOOK = Table(
    "hook",
    METADATA,
    Column("id", Text, primary_key=True, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("disabled", Text, nullable=False),
    Column("delivered", BigInteger, nullable=False, server_default=text("0")),
    Column("last_delivery_at", BigInteger),
    Column("response_code", BigInteger, nullable=False, server_default=text("0")),
    Column("body", LargeBinary, nullable=False),
    Index(None, "owner"),
)
"""Whom to tell of changes; the secrets with which messages are signed are as safe as this database is."""

HOOK_DELIVERY = Table(
    "hook_delivery",
    METADATA,
    Column("hook_id", Text, primary_key=True, nullable=False),
    Column("sequence", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("next_at", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Index(None, "next_at", "sequence", "hook_id"),
)
"""Events that hooks have yet to be told of; how far the log was read is the counter `hooks`."""

TRUSTED_PUBLISHER = Table(
    "trusted_publisher",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "origin", "ecosystem", "name"),
    Index(None, "owner", "repository"),
)
"""Builds that may publish; `owner` and `repository` in small letters, `owner_id` empty until it is known."""

SPENT_IDENTITY = Table(
    "spent_identity",
    METADATA,
    Column("hash", Text, primary_key=True, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)
"""Identities of builds that were exchanged for a token, until they expire by themselves."""

INVITATION = Table(
    "invitation",
    METADATA,
    Column("origin", Text, primary_key=True, nullable=False),
    Column("ecosystem", Text, primary_key=True, nullable=False),
    Column("name", Text, primary_key=True, nullable=False),
    Column("invitee", Text, primary_key=True, nullable=False),
    Column("id", Text, nullable=False),
    Column("inviter", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    UniqueConstraint("id"),
    Index(None, "invitee"),
)
"""Who may become an owner of what, once they accept."""

ADVISORY = Table(
    "advisory",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("malicious", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    UniqueConstraint("name", "source"),
    Index(None, "generation", unique=True),
    Index(None, "source", "name"),
)
"""Records of databases by their own ids; of those with one id the newest stands, whatever database has it."""

ADVISORY_BODY = Table(
    "advisory_body",
    METADATA,
    Column("advisory_id", ROW, ForeignKey("advisory.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

ADVISORY_ALIAS = Table(
    "advisory_alias",
    METADATA,
    Column("alias", Text, primary_key=True, nullable=False),
    Column("advisory_id", ROW, ForeignKey("advisory.id"), primary_key=True, nullable=False, autoincrement=False),
    Index(None, "advisory_id"),
)

ADVISORY_MENTION = Table(
    "advisory_mention",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("ecosystem", Text, primary_key=True, nullable=False),
    Column("advisory_id", ROW, ForeignKey("advisory.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "advisory_id"),
)
"""What records that were not taken back say of a package."""

GRAPH_NAME = Table(
    "graph_name",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("name", "ecosystem"),
)
"""Numbers for packages in graphs, wherever they are, and whether they are anywhere."""

GRAPH = Table(
    "graph",
    METADATA,
    Column("name_id", ROW, ForeignKey("graph_name.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("mark", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("made_at", BigInteger),
    Index(None, "due_at"),
)
"""What the default version of a package installs; `due_at` is when it is to be made, in the past for one that waits."""

GRAPH_BODY = Table(
    "graph_body",
    METADATA,
    Column("name_id", ROW, ForeignKey("graph_name.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

GRAPH_USE = Table(
    "graph_use",
    METADATA,
    Column("used_id", ROW, ForeignKey("graph_name.id"), primary_key=True, nullable=False, autoincrement=False),
    Column("version", Text, primary_key=True, nullable=False),
    Column("relation", Integer, primary_key=True, nullable=False, autoincrement=False),
    Column("user_id", ROW, ForeignKey("graph_name.id"), primary_key=True, nullable=False, autoincrement=False),
    sqlite_with_rowid=False,
)
"""By what graphs are found: a release that is in them, near the root (1) or deeper (2), and with the empty version
every package that was looked at (0). Which rows a graph has is told by its body alone."""

SIMILAR_NAME = Table(
    "similar_name",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("ecosystem", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("downloads", BigInteger, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("listed", Integer, nullable=False),
    UniqueConstraint("name", "ecosystem"),
)
"""Names that are known, from what passes through or from imported lists, with how much those say that each is used."""

SIMILAR_FORM = Table(
    "similar_form",
    METADATA,
    Column("form", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("below", Integer, primary_key=True, nullable=False, autoincrement=False),
    Column("name_id", ROW, ForeignKey("similar_name.id"), primary_key=True, nullable=False, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Where names meet that may be taken for one another; `below` is the weight, negative, so that the first is most used.

A row is small, for there are several for each name."""

RELEASE_FACT = Table(
    "release_fact",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("ecosystem", Text, primary_key=True, nullable=False),
    Column("version", Text, primary_key=True, nullable=False),
    Column("kind", Text, primary_key=True, nullable=False),
    Column("source", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What was found out about a release by reading its files, or was imported; `source` is what it was found in."""

IMAGE_REPOSITORY = Table(
    "image_repository",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("registry", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("registry", "name"),
)
"""Repositories of container images."""

IMAGE_CHAIN = Table(
    "image_chain",
    METADATA,
    Column("chain", LargeBinary, primary_key=True, nullable=False),
    Column(
        "repository_id", ROW, ForeignKey("image_repository.id"), primary_key=True, nullable=False, autoincrement=False
    ),
    sqlite_with_rowid=False,
)
"""Which repositories have an image whose first layers have a chain id; its 32 bytes."""

FIRST_ROWS = text("INSERT INTO meta (name, value) VALUES ('sequence', 0), ('accounts', 0)")
