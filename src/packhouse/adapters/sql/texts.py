"""The statements as text, as an executor hands them to its driver."""

from msgspec import Struct


class Texts(Struct, frozen=True):
    """One statement each; made of `statements.py` by `compiled.py`, never written by hand."""

    schema: tuple[str, ...]
    """Everything that makes an empty database one of the newest revision."""
    advance_sequence: str
    read_sequence: str
    find_package: str
    write_package: str
    find_state: str
    read_index: str
    write_document: str
    write_body: str
    write_state: str
    list_states: str
    find_further: str
    write_further: str
    write_further_state: str
    drop_further: str
    find_record: str
    write_record: str
    find_artifact: str
    write_artifact: str
    list_artifacts: str
    find_rendered: str
    write_rendered: str
    drop_rendered: str
    write_event: str
    list_events: str
    add_downloads: str
    list_downloads: str
    find_search_document: str
    write_search_document: str
    count_packages: str
    read_switches: str
    write_switch: str
    page_bodies: str
    page_records: str
    list_bodiless: str
    list_unsearchable: str
    advance_accounts: str
    read_accounts: str
    find_user: str
    add_user: str
    change_user: str
    list_users: str
    find_organisation: str
    add_organisation: str
    change_organisation: str
    drop_organisation: str
    list_organisations: str
    find_token: str
    find_token_key: str
    write_token: str
    touch_token: str
    drop_token: str
    list_tokens: str
    write_grant: str
    drop_grant: str
    list_grants: str
    append_audit: str
    list_audit: str
    list_audit_of_user: str
    list_audit_of_subject: str
    list_audit_of_both: str
    find_ownership: str
    list_owned: str
    list_owned_by: str
    list_restricted: str
    list_claims: str
    list_starred: str
    find_generation: str
    find_ownership_revision: str
    write_ownership: str
    drop_owners: str
    add_owner: str
    claim_version: str
    add_star: str
    drop_star: str
    drop_artifact: str
    list_ownerless: str
    list_undocumented: str
    list_abandoned: str
    list_signing_keys: str
    write_signing_key: str
    find_hook: str
    list_hooks: str
    list_hooks_of: str
    write_hook: str
    disable_hook: str
    drop_hook: str
    note_attempt: str
    read_hook_position: str
    write_hook_position: str
    add_delivery: str
    count_deliveries: str
    next_delivery: str
    claim_deliveries: str
    put_off_delivery: str
    drop_delivery: str
    drop_deliveries: str
