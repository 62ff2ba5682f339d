"""The filter language of the log: `event:turn_failed role:coder level>=warn "some words"`.

    expression    all of its parts stand together; `or` takes either, `and` may be written
    -part         or `not part`: what does not match
    ( … )         groups
    key:value     event, role, issue, type, status and model as a whole, session by its
                  beginning, source by a part; `*` is anything, `a,b` either; `key=value` is
                  the whole of a session or source, `key!=value` the same as `-key=value`;
                  in quotes nothing is special but \\" and \\\\
    pattern:"…"   what is left of a record's text without ids, numbers and paths
    turn>=3       also `>`, `<=`, `<`, `:`; numbers of data likewise
    level>=warn   the same; debug, info, warn, error
    data.x.y:v    any value of the record, by its path; `data.error:*` where there is one
    after:-10m    before: a time; back from now (s, m, h, d, w), 10:11 (the last one), a date,
                  a date and time; in the zone that is shown unless it says its own
    word "a b"    text anywhere in the line, whatever escapes its JSON uses
    /regex/       RE2's syntax; as a key's value too, with a blank written `\\ `
    @name         a filter that is kept under a name

Upper and lower case are the same, but for a regular expression with a capital letter in it.
`session` matches `data.session_id`, `runtime_event.session_id` and `data.run_id`, whichever
the record carries.
"""

from orket_console.logs.filter.filter import (
    Filter,
    Surroundings,
    parse_filter,
    surroundings_of,
)
from orket_console.logs.filter.tree import both, term
from orket_console.logs.filter.words import KEYS, FilterError

__all__ = [
    "KEYS",
    "Filter",
    "FilterError",
    "Surroundings",
    "both",
    "parse_filter",
    "surroundings_of",
    "term",
]
