"""All ports that a SQL database implements, in one object."""

from pathlib import Path

from packhouse.adapters.sql.advisories import SqlAdvisories
from packhouse.adapters.sql.artifacts import SqlArtifacts
from packhouse.adapters.sql.audit import SqlAudit
from packhouse.adapters.sql.checks import SqlChecks
from packhouse.adapters.sql.digests import SqlDigests
from packhouse.adapters.sql.events import SqlEvents, SqlSwitches
from packhouse.adapters.sql.facts import SqlFacts
from packhouse.adapters.sql.fulltext_search import SqliteSearch
from packhouse.adapters.sql.further import SqlFurther
from packhouse.adapters.sql.grants import SqlGrants
from packhouse.adapters.sql.graphs import SqlGraphs
from packhouse.adapters.sql.hooks import SqlHooks
from packhouse.adapters.sql.hosted import SqlHosted
from packhouse.adapters.sql.images import SqlImages
from packhouse.adapters.sql.indexes import SqlIndexes
from packhouse.adapters.sql.invitations import SqlInvitations
from packhouse.adapters.sql.names import SqlNames
from packhouse.adapters.sql.organisations import SqlOrganisations
from packhouse.adapters.sql.projects import SqlProjects
from packhouse.adapters.sql.records import SqlRecords
from packhouse.adapters.sql.rendered import SqlRendered
from packhouse.adapters.sql.signing import SqlSigningKeys
from packhouse.adapters.sql.sqlite import Sqlite
from packhouse.adapters.sql.tokens import SqlTokens
from packhouse.adapters.sql.trust import SqlTrust
from packhouse.adapters.sql.usage import SqlDownloads
from packhouse.adapters.sql.users import SqlUsers


class SqlStore(
    SqlIndexes,
    SqlFurther,
    SqlRecords,
    SqlArtifacts,
    SqlDigests,
    SqlProjects,
    SqlRendered,
    SqlEvents,
    SqliteSearch,
    SqlSwitches,
    SqlDownloads,
    SqlUsers,
    SqlTokens,
    SqlOrganisations,
    SqlGrants,
    SqlAudit,
    SqlHosted,
    SqlSigningKeys,
    SqlHooks,
    SqlInvitations,
    SqlTrust,
    SqlAdvisories,
    SqlNames,
    SqlFacts,
    SqlImages,
    SqlGraphs,
    SqlChecks,
):
    """The store of a server: all that it keeps but the bytes of files."""

    @classmethod
    def open(cls, path: Path) -> "SqlStore":
        """Open or make a database; raise ConfigError or StorageDamaged if the file is no database of ours."""
        return cls(Sqlite(path))

    def close(self) -> None:
        """Finish the writes that wait, then let go of the database."""
        self._database.close()
