"""The operations about people, their tokens and what they trust, as the OpenAPI document tells them."""

from packhouse.ecosystems.cargo import openapi_crates as crates
from packhouse.ecosystems.cargo import openapi_people as people
from packhouse.ecosystems.cargo.openapi_operations import (
    ANY_TEXT,
    CHANGED,
    FETCHED,
    IN_BROWSER,
    LOCAL,
    NUMBER,
    PAGES,
    PER_PAGE,
    SEEK,
    SOMEBODY,
    Body,
    Operation,
    Query,
    Said,
)


def _read(name: str, path: str, says: str, answer: Said, *query: Query, failures: tuple[int, ...] = LOCAL) -> Operation:
    return Operation(
        name=name, path=f"/api/{path}", says=says, answers={200: answer, 304: None}, failures=failures, query=query
    )


def _mine(
    name: str, path: str, says: str, answer: Said, *query: Query, access: tuple[str, ...] = IN_BROWSER
) -> Operation:
    address = f"/api/{path}"
    return Operation(
        name=name, path=address, says=says, answers={200: answer}, query=query, access=access, internal=True
    )


def _change(  # noqa: PLR0913 (a row of a table)
    name: str,
    method: str,
    path: str,
    says: str,
    answer: Said,
    *,
    body: Body | None = None,
    internal: bool = False,
    access: tuple[str, ...] = SOMEBODY,
    status: int = 200,
    failures: tuple[int, ...] = CHANGED,
) -> Operation:
    return Operation(
        name=name,
        method=method,
        path=f"/api/{path}",
        says=says,
        body=body,
        answers={status: answer},
        failures=failures,
        access=access,
        internal=internal,
    )


USERS = (
    _read("find_user", "v1/users/{user}", "Somebody.", people.OneUser, failures=FETCHED),
    _read("get_user_stats", "v1/users/{id}/stats", "What of somebody's was downloaded how often.", people.UserStats),
    _change("update_user", "PUT", "v1/users/{user}", "Change oneself.", crates.Done, body=people.UserChange),
    _change("resend_email_verification", "PUT", "v1/users/{id}/resend", "Verify an address again.", crates.Done),
    _read("find_team", "v1/teams/{team}", "A team.", people.OneTeam, failures=FETCHED),
    _change("confirm_user_email", "PUT", "v1/confirm/{email_token}", "Verify an address.", crates.Done, access=("",)),
    _change("update_email_notifications", "PUT", "v1/me/email_notifications", "Of no effect any more.", crates.Done),
)

ME = (
    _mine("get_authenticated_user", "v1/me", "Who asks, and what they own.", people.Me, access=SOMEBODY),
    _mine(
        "get_authenticated_user_updates",
        "v1/me/updates",
        "New releases of what the asker follows.",
        people.Updates,
        *PAGES,
        access=SOMEBODY,
    ),
    _mine(
        "list_api_tokens",
        "v1/me/tokens",
        "The asker's tokens.",
        people.Tokens,
        Query("expired_days", "Tell those as well that expired in so many days.", NUMBER),
    ),
    _change(
        "create_api_token",
        "PUT",
        "v1/me/tokens",
        "Make a token.",
        people.MadeToken,
        body=people.TokenWanted,
        internal=True,
        access=IN_BROWSER,
    ),
    _mine("find_api_token", "v1/me/tokens/{id}", "A token.", people.OneToken, access=SOMEBODY),
    _change("revoke_api_token", "DELETE", "v1/me/tokens/{id}", "Revoke a token.", people.Nothing, internal=True),
    _change(
        "revoke_current_api_token",
        "DELETE",
        "v1/tokens/current",
        "Revoke the token that is sent.",
        None,
        status=204,
        access=("token",),
        internal=True,
    ),
)

INVITATIONS = (
    _mine(
        "list_crate_owner_invitations_for_user",
        "v1/me/crate_owner_invitations",
        "The asker's invitations.",
        people.MyInvitations,
        access=SOMEBODY,
    ),
    _change(
        "handle_crate_owner_invitation",
        "PUT",
        "v1/me/crate_owner_invitations/{crate_id}",
        "Accept or decline.",
        people.Response,
        body=people.Reply,
        failures=(*CHANGED, 410),
        internal=True,
    ),
    _change(
        "accept_crate_owner_invitation_with_token",
        "PUT",
        "v1/me/crate_owner_invitations/accept/{token}",
        "Accept by the token that was sent.",
        people.Response,
        failures=(*CHANGED, 410),
        access=("",),
    ),
    _mine(
        "list_crate_owner_invitations",
        "private/crate_owner_invitations",
        "Invitations to a crate, or of somebody.",
        people.Invitations,
        Query("crate_name", "The crate.", ANY_TEXT),
        Query("invitee_id", "The number of who is invited.", NUMBER),
        *PAGES,
        SEEK,
        access=SOMEBODY,
    ),
)


def _trust(kind: str, title: str, one: Body, some: Body, wanted: Body) -> tuple[Operation, ...]:
    path = f"v1/trusted_publishing/{kind}_configs"
    asked = (
        Query("crate", "The crate.", ANY_TEXT),
        Query("user_id", "The number of an owner: all of theirs.", NUMBER),
        PER_PAGE,
        SEEK,
    )
    return (
        Operation(
            name=f"list_trustpub_{kind}_configs",
            path=f"/api/{path}",
            says=f"What of {title} may publish a crate.",
            answers={200: some},
            query=asked,
            access=SOMEBODY,
        ),
        _change(f"create_trustpub_{kind}_config", "POST", path, f"Let something of {title} publish.", one, body=wanted),
        _change(
            f"delete_trustpub_{kind}_config", "DELETE", f"{path}/{{id}}", "Let it publish no more.", None, status=204
        ),
    )


TRUST = (
    _change(
        "exchange_trustpub_token",
        "POST",
        "v1/trusted_publishing/tokens",
        "Give a token for what the host of a build says of it.",
        people.TrustedToken,
        body=people.Identification,
        access=("",),
        failures=(*CHANGED, 501, 502, 503),
    ),
    _change(
        "revoke_trustpub_token",
        "DELETE",
        "v1/trusted_publishing/tokens",
        "Revoke such a token.",
        None,
        status=204,
        access=("trusted",),
    ),
    *_trust("github", "GitHub", people.OneGitHubConfig, people.GitHubConfigs, people.GitHubWanted),
    *_trust("gitlab", "GitLab", people.OneGitLabConfig, people.GitLabConfigs, people.GitLabWanted),
)

OPERATIONS = (*USERS, *ME, *INVITATIONS, *TRUST)
