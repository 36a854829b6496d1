"""The words of names: which were meant by one that was mistyped, and which hold one that was not written whole."""

from collections.abc import Sequence
from zlib import crc32

from msgspec import json

from packhouse.adapters.sql.executor import Executor, Work
from packhouse.adapters.sql.fresh_words import LONGEST, SHORTEST, FreshWords, slips_of
from packhouse.adapters.sql.packages import as_json
from packhouse.formats.words import deletions, distance, words_of

CREATE_WORDS = (
    "CREATE VIRTUAL TABLE search_infix USING fts5(word, content='search_word', content_rowid='id', tokenize='trigram')"
)

_TWO_SLIPS = 8
"""Letters of a word from which on two slips are forgiven, if one of them is a letter too many."""
_FORGIVING = 4
"""Letters from which on one is; below, every word is near every other."""
_TWO_SLIPS_AT_MOST = 16
_NO_FORM = -1
_TRIED = 100
"""Words near one word that are looked up at most."""
_NEAR = 6
_HOLDING = 10
"""At most so many words are looked for in the place of one."""

_ADD = """
    INSERT INTO search_word (word) SELECT word.value FROM json_each(:words) AS word WHERE true
    ON CONFLICT DO NOTHING RETURNING id, word
"""
_NEW = """
    SELECT word.value FROM json_each(:words) AS word
    WHERE NOT EXISTS (SELECT 1 FROM search_word WHERE search_word.word = word.value)
"""
_ADD_SLIPS = """
    INSERT INTO search_slip (form, word_id)
    SELECT json_extract(form.value, '$[0]'), json_extract(form.value, '$[1]') FROM json_each(:forms) AS form WHERE true
    ON CONFLICT DO NOTHING
"""
_ADD_INFIX = """
    INSERT INTO search_infix (rowid, word)
    SELECT json_extract(word.value, '$[0]'), json_extract(word.value, '$[1]') FROM json_each(:words) AS word
"""
_NEAR_WORDS = """
    SELECT DISTINCT search_word.word FROM json_each(:forms) AS form
    JOIN search_slip ON search_slip.form = form.value JOIN search_word ON search_word.id = search_slip.word_id
"""
_NEAR_NAMES = """
    SELECT EXISTS (SELECT 1 FROM json_each(:whole) AS form JOIN search_slip ON search_slip.form = form.value)
        OR EXISTS (SELECT 1 FROM search_fulltext WHERE search_fulltext MATCH :quoted),
        (SELECT json_group_array(word.key) FROM json_each(:words) AS word WHERE NOT EXISTS (
            SELECT 1 FROM json_each(word.value) AS form JOIN search_slip ON search_slip.form = form.value))
"""
_SPELT = """
    SELECT json_group_array(word) FROM (SELECT DISTINCT search_word.word AS word FROM json_each(:forms) AS form
    JOIN search_slip ON search_slip.form = form.value JOIN search_word ON search_word.id = search_slip.word_id
    LIMIT :limit)
"""
_NAMED = "SELECT EXISTS (SELECT 1 FROM search_fulltext WHERE search_fulltext MATCH :quoted)"
_HOLDING_WORDS = """
    SELECT word FROM search_infix WHERE search_infix MATCH :quoted ORDER BY length(word), word LIMIT :limit
"""


def learn_words(words: Sequence[str]) -> Work[None]:
    """Keep words of names, in the transaction that writes the names."""
    new = yield _NEW, {"words": as_json(words)}
    if not new:
        return
    numbered = yield _ADD, {"words": as_json([word for (word,) in new])}
    yield _ADD_INFIX, {"words": as_json(numbered)}
    forms = [(form, number) for number, word in numbered for form in slips_of(word)]
    yield _ADD_SLIPS, {"forms": as_json(forms)}


async def has_near(database: Executor, fresh: FreshWords, name: str) -> bool:
    """Tell whether some name may be one slip away: written as one, or in words that are all known but for a slip."""
    words = words_of(name)
    whole = "".join(words)
    # Of a name without a word that is kept, all of none would be known: a form stands for it that nothing has.
    kept = [slips_of(word) for word in words if SHORTEST <= len(word) <= LONGEST] or [[_NO_FORM]]
    parameters = {"whole": as_json(slips_of(whole)), "quoted": f'"{whole}"', "words": as_json(kept)}
    row = await database.one(_NEAR_NAMES, parameters)
    if row is None or row[0]:
        return row is not None
    # What is new may be a name of these words, or may bring those that are unknown.
    if fresh.has_any((whole, *slips_of(whole))) or all(map(fresh.has_any, kept)):
        return True
    unknown = json.decode(row[1], type=list[int])
    if unknown:
        return all(fresh.has_any(kept[number]) for number in unknown)
    return await _has_all_near(database, kept)


async def _has_all_near(database: Executor, kept: Sequence[Sequence[int]]) -> bool:
    """Tell whether one name has a word that may be near for each of these."""
    alternatives: list[str] = []
    for forms in kept:
        row = await database.one(_SPELT, {"forms": as_json(forms), "limit": _TRIED + 1})
        words: list[str] = [] if row is None else json.decode(row[0], type=list[str])
        if len(words) > _TRIED:
            return True
        alternatives.append(" OR ".join(f'"{word}"' for word in words))
    quoted = " AND ".join(f"({words})" for words in alternatives)
    row = await database.one(_NAMED, {"quoted": f"{{name parts}} : ({quoted})"})
    return row is not None and bool(row[0])


async def near_words(database: Executor, word: str) -> list[str]:
    """List the words that may have been meant, the nearest first."""
    slips = _forgiven(word)
    if not slips:
        return []
    forms = {crc32(form.encode()) for form in deletions(word, slips)}
    rows = await database.scan(_NEAR_WORDS, {"forms": as_json(sorted(forms))})
    return nearest(word, [found for (found,) in rows])


async def holding_words(database: Executor, word: str) -> list[str]:
    """List the words that hold a word, the shortest first."""
    if not _FORGIVING <= len(word) <= LONGEST:
        return []
    rows = await database.scan(_HOLDING_WORDS, {"quoted": f'"{word}"', "limit": _HOLDING})
    return [found for (found,) in rows if found != word]


def nearest(word: str, known: Sequence[str]) -> list[str]:
    """Choose the nearest words, if they are as near as is forgiven; people seldom mistype the first letter."""
    slips = _forgiven(word)
    measured = [(distance(word, other), word[0] != other[0], other) for other in known if other != word]
    forgiven = min(slips, min(measured, default=(slips, False, ""))[0])
    return [other for far, _, other in sorted(measured) if far <= forgiven][:_NEAR]


def _forgiven(word: str) -> int:
    if not _FORGIVING <= len(word) <= LONGEST:
        return 0
    return 2 if _TWO_SLIPS <= len(word) <= _TWO_SLIPS_AT_MOST else 1
