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
