"""Which trusted publishers an identity is: decided over values, with a reason that its builder can act on."""

from collections.abc import Callable, Iterable, Sequence

from packhouse.domain.errors import Invalid
from packhouse.domain.trust import Identity, TrustedPublisher

_WORDS = {
    "github": ("repository owner ID", "workflow filename"),
    "gitlab": ("namespace ID", "workflow filepath"),
}
"""What the services call the number of an owner and the file of a workflow."""


def match(publishers: Sequence[TrustedPublisher], identity: Identity) -> tuple[TrustedPublisher, ...]:
    """Choose those that an identity fits in everything; raise Invalid, naming the first thing in which none does."""
    number, file = _WORDS[identity.kind]
    left = tuple(each for each in publishers if is_of(each, identity))
    if not left:
        raise Invalid(f"No Trusted Publishing config found for repository `{identity.path}`.")
    about = f"The Trusted Publishing config for repository `{identity.path}`"
    found = _keep(left, lambda each: each.owner_id in ("", identity.owner_id))
    if not found:
        expected = ", ".join(each.owner_id for each in left)
        raise Invalid(
            f"{about} does not match the {number} ({identity.owner_id}) in the JWT. Expected {number}s: {expected}. "
            f"Please recreate the Trusted Publishing config to update the {number}."
        )
    left, found = found, _keep(found, lambda each: each.workflow == identity.workflow)
    if not found:
        raise Invalid(
            f"{about} does not match the {file} `{identity.workflow}` in the JWT. "
            f"Expected {file}s: {_quoted(each.workflow for each in left)}"
        )
    named = identity.environment.casefold()
    left, found = found, _keep(found, lambda each: not each.environment or each.environment.casefold() == named)
    if not found:
        expected = _quoted(each.environment for each in left)
        if not identity.environment:
            raise Invalid(
                f"{about} requires an environment, but the JWT does not specify one. Expected environments: {expected}"
            )
        raise Invalid(
            f"{about} does not match the environment `{identity.environment}` in the JWT. "
            f"Expected environments: {expected}"
        )
    return found


def is_of(publisher: TrustedPublisher, identity: Identity) -> bool:
    """Tell whether a publisher is of the identity's repository; the services ignore capitals in such names."""
    return (
        publisher.kind == identity.kind
        and publisher.owner.lower() == identity.owner.lower()
        and publisher.repository.lower() == identity.repository.lower()
    )


def _keep(
    publishers: tuple[TrustedPublisher, ...], fits: Callable[[TrustedPublisher], bool]
) -> tuple[TrustedPublisher, ...]:
    return tuple(filter(fits, publishers))


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in texts)
