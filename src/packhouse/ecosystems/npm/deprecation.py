"""The text that warns of a version."""

from packhouse.domain.errors import Invalid

MESSAGE_CHARACTERS = 4096


def check_warning(version: str, message: object) -> str:
    """Return the text, empty for none; raise Invalid for what no client can show as it stands."""
    if message is None or message is False:
        return ""
    if not isinstance(message, str):
        raise Invalid(f"deprecated of version {version} is no text")
    if len(message) > MESSAGE_CHARACTERS:
        raise Invalid(f"deprecated of version {version} is longer than {MESSAGE_CHARACTERS} characters")
    if not message.replace("\n", " ").replace("\t", " ").isprintable():
        # It is printed on terminals, which obey to what they should show.
        raise Invalid(f"deprecated of version {version} has characters that cannot be printed")
    return message
