"""What the server writes on stderr."""

import json
import logging
import sys

from packhouse.cli.logs import JsonLines


def _record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    logger = logging.getLogger("packhouse.test")
    return logger.makeRecord(logger.name, logging.WARNING, "", 0, message, arguments, None, extra=extra)


def test_a_json_line_has_the_sentence_and_the_added_fields() -> None:
    line = json.loads(JsonLines().format(_record("refused %s", "thing", rule="age")))
    assert (line["message"], line["level"], line["rule"]) == ("refused thing", "warning", "age")
    assert line["at"].endswith("+00:00")


def test_a_line_stays_one_line_whatever_the_message_holds() -> None:
    assert "\n" not in JsonLines().format(_record("a\nb\u2028c"))


def test_an_exception_is_a_field_of_its_line() -> None:
    record = _record("failed")
    try:
        int("why")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert "ValueError" in json.loads(JsonLines().format(record))["exception"]
