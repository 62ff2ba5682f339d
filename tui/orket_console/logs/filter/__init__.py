"""The filter language of the log: `event:turn_failed role:coder level>=warn "some words"`.

    expression   all of its parts stand together; `or` takes either, `and` may be written
    -part        or `not part`: what does not match
    ( … )        groups
    key:value    event, role, issue and source as shown, session by its beginning, turn by
                 number; `*` stands for anything; a value with blanks goes in quotes
    level>=warn  also `>`, `<=`, `<`, `=` and `:`; debug, info, warn, error
    word "a b"   text anywhere in the record, as shown or as written

Upper and lower case are the same. `session` matches `data.session_id`,
`runtime_event.session_id` and `data.run_id`, whichever the record carries.
"""

from orket_console.logs.filter.match import Filter, parse_filter
from orket_console.logs.filter.words import KEYS, FilterError, term

__all__ = ["KEYS", "Filter", "FilterError", "parse_filter", "term"]
