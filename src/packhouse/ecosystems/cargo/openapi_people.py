"""What the Web API says of people and to them: the objects of its answers, as the OpenAPI document describes them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from packhouse.ecosystems.cargo.openapi_crates import Count, Identity, Team, Time, User, Version, Written

Scope = Literal["publish-new", "publish-update", "trusted-publishing", "yank", "change-owners"]


class OneUser(Written, frozen=True):
    """Somebody."""

    user: User


class OneTeam(Written, frozen=True):
    """A team."""

    team: Team


class UserStats(Written, frozen=True):
    """How often the crates of somebody were downloaded."""

    total_downloads: Count


class Myself(Written, frozen=True):
    """Who asks, as only they may see it."""

    id: Identity
    login: str
    name: str | None
    email: str | None
    email_verified: bool
    email_verification_sent: bool
    avatar: str | None
    url: str | None
    is_admin: bool
    publish_notifications: bool
    username: str | UnsetType = UNSET
    """The login, once more."""


class OwnedCrate(Written, frozen=True):
    """A crate of whoever asks."""

    id: Identity
    name: str
    email_notifications: bool


class Me(Written, frozen=True):
    """Who asks, and what they own."""

    user: Myself
    owned_crates: list[OwnedCrate]


class Updates(Written, frozen=True):
    """New releases of what somebody follows."""

    versions: list[Version]
    meta: "More"


class More(Written, frozen=True):
    """Whether the list goes on."""

    more: bool


class Following(Written, frozen=True):
    """Whether somebody follows a crate."""

    following: bool


# Tokens


class Token(Written, frozen=True):
    """A token, without its secret."""

    id: Identity
    name: str
    created_at: Time
    last_used_at: Time | None
    crate_scopes: list[str] | None
    """Names, or their beginnings with a star."""
    endpoint_scopes: list[Scope] | None
    expired_at: Time | None


class NewToken(Token, frozen=True):
    """A token that was made just now; its secret is told this once."""

    token: str


class Tokens(Written, frozen=True):
    """The tokens of whoever asks."""

    api_tokens: list[Token]


class OneToken(Written, frozen=True):
    """A token."""

    api_token: Token


class MadeToken(Written, frozen=True):
    """A token with its secret."""

    api_token: NewToken


class Nothing(Written, frozen=True):
    """Nothing."""


# Invitations


class Invitation(Written, frozen=True):
    """That somebody may become an owner."""

    invitee_id: Identity
    inviter_id: Identity
    crate_id: Identity
    crate_name: str
    created_at: Time
    expires_at: Time


class NamedInvitation(Invitation, frozen=True):
    """An invitation, and who has invited."""

    invited_by_username: str
    token: str | UnsetType = UNSET
    """What accepts it by itself; told to whoever may accept."""


class MyInvitations(Written, frozen=True):
    """The invitations of whoever asks."""

    crate_owner_invitations: list[NamedInvitation]
    users: list[User]


class Invitations(Written, frozen=True):
    """A page of invitations."""

    invitations: list[Invitation]
    users: list[User]
    meta: "Onward"


class Onward(Written, frozen=True):
    """Where the list goes on."""

    next_page: str | None


class Response(Written, frozen=True):
    """What became of an invitation."""

    crate_owner_invitation: "Accepted"


class Accepted(Written, frozen=True):
    """Whether an invitation was accepted."""

    crate_id: Identity
    accepted: bool


# Trusted publishing


class TrustedToken(Written, frozen=True):
    """A token that lives for minutes."""

    token: str


class GitHubConfig(Written, frozen=True):
    """A workflow that may publish."""

    id: Identity
    crate: str
    repository_owner: str
    repository_owner_id: int
    repository_name: str
    workflow_filename: str
    environment: str | None
    created_at: Time


class GitLabConfig(Written, frozen=True):
    """A pipeline that may publish."""

    id: Identity
    crate: str
    namespace: str
    namespace_id: str | None
    project: str
    workflow_filepath: str
    environment: str | None
    created_at: Time


class OneGitHubConfig(Written, frozen=True):
    """A workflow that may publish."""

    github_config: GitHubConfig


class OneGitLabConfig(Written, frozen=True):
    """A pipeline that may publish."""

    gitlab_config: GitLabConfig


class Span(Written, frozen=True):
    """How long a list is, and where it goes on."""

    total: Count
    next_page: str | None


class GitHubConfigs(Written, frozen=True):
    """Workflows that may publish."""

    github_configs: list[GitHubConfig]
    meta: Span


class GitLabConfigs(Written, frozen=True):
    """Pipelines that may publish."""

    gitlab_configs: list[GitLabConfig]
    meta: Span


# What is sent


class TokenWanted(Struct, frozen=True):
    """The token that is wanted."""

    api_token: "TokenFields"


class TokenFields(Struct, frozen=True):
    """What it is called and what it may do."""

    name: Annotated[str, Meta(min_length=1)]
    crate_scopes: list[str] | None = None
    endpoint_scopes: list[Scope] | None = None
    expired_at: Time | None = None


class Reply(Struct, frozen=True):
    """What becomes of an invitation."""

    crate_owner_invite: Accepted


class UserChange(Struct, frozen=True):
    """What to change of oneself."""

    user: "UserFields"


class UserFields(Struct, frozen=True):
    """The fields that may change."""

    email: str | None = None
    publish_notifications: bool | None = None


class Notification(Struct, frozen=True):
    """Whether to write about a crate."""

    id: Identity
    email_notifications: bool


class Identification(Struct, frozen=True):
    """Who a build is, as its host has signed it."""

    jwt: str


class GitHubWanted(Struct, frozen=True):
    """The workflow that is to publish."""

    github_config: "GitHubFields"


class GitHubFields(Struct, frozen=True):
    """Where it is."""

    crate: str
    repository_owner: str
    repository_name: str
    workflow_filename: str
    environment: str | None = None


class GitLabWanted(Struct, frozen=True):
    """The pipeline that is to publish."""

    gitlab_config: "GitLabFields"


class GitLabFields(Struct, frozen=True):
    """Where it is."""

    crate: str
    namespace: str
    project: str
    workflow_filepath: str
    environment: str | None = None
