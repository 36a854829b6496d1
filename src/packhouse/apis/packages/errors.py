"""What can be wrong with a question, each with a code of its own; all else is an error of the server's one tree.

NotFound
├── UnknownRegistry     no registry of that name is served here
├── UnknownPackage      the registry has no such package
├── UnknownVersion      the package has no such version
└── UnknownMaintainer   the registry knows nobody by that login
Invalid
├── InvalidRequest      the question cannot be read
├── InvalidPackage      no package of the registry can have such a name
├── BadPaging           page or page_size is no page or size
└── BadPeriod           the registry counts no such period
"""

from packhouse.domain.errors import Invalid, NotFound


class UnknownRegistry(NotFound):
    """No registry of that name is served here."""


class UnknownPackage(NotFound):
    """The registry has no such package."""


class UnknownVersion(NotFound):
    """The package has no such version."""


class UnknownMaintainer(NotFound):
    """The registry knows nobody by that login."""


class InvalidRequest(Invalid):
    """The question cannot be read."""


class InvalidPackage(Invalid):
    """No package of the registry can have such a name."""


class BadPaging(Invalid):
    """Page or page_size is no page or size."""


class BadPeriod(Invalid):
    """The registry counts no such period."""
