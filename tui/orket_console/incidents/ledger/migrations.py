"""The ledger's schema, step by step; `user_version` counts the steps that were taken."""

from __future__ import annotations

from typing import Final

_FIRST: Final = """
CREATE TABLE incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL, failure TEXT NOT NULL, rule TEXT NOT NULL, signature TEXT NOT NULL,
    opened TEXT NOT NULL, opened_by TEXT NOT NULL, owner TEXT NOT NULL, captured TEXT NOT NULL,
    closed TEXT, closed_by TEXT, reason TEXT NOT NULL DEFAULT '',
    reopened INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX incidents_signature ON incidents (signature);
CREATE TABLE signatures (
    signature TEXT PRIMARY KEY,
    failure TEXT NOT NULL, rule TEXT NOT NULL, title TEXT NOT NULL,
    first TEXT NOT NULL, last TEXT NOT NULL, count INTEGER NOT NULL, evidence TEXT,
    present INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sightings (
    id INTEGER PRIMARY KEY,
    signature TEXT NOT NULL REFERENCES signatures (signature), at TEXT NOT NULL, evidence TEXT
);
CREATE INDEX sightings_signature ON sightings (signature, id);
CREATE TABLE merges (
    id INTEGER PRIMARY KEY,
    signature TEXT NOT NULL, into_signature TEXT NOT NULL,
    at TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
    undone TEXT, undone_by TEXT, undone_reason TEXT
);
CREATE UNIQUE INDEX merges_in_force ON merges (signature) WHERE undone IS NULL;
CREATE TABLE passes (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incidents (id), number INTEGER NOT NULL,
    begun TEXT NOT NULL, begun_by TEXT NOT NULL,
    ended TEXT, clean INTEGER, lacking TEXT NOT NULL DEFAULT '[]', conditions TEXT,
    UNIQUE (incident, number)
);
CREATE UNIQUE INDEX passes_under_way ON passes (incident) WHERE ended IS NULL;
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    pass INTEGER NOT NULL REFERENCES passes (id), position INTEGER NOT NULL,
    key TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, wants TEXT NOT NULL,
    state TEXT NOT NULL, at TEXT, by TEXT, evidence TEXT NOT NULL DEFAULT '[]',
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (pass, position), UNIQUE (pass, key)
);
CREATE TABLE gates (
    record TEXT NOT NULL, incident INTEGER NOT NULL REFERENCES incidents (id),
    pass INTEGER REFERENCES passes (id), action TEXT NOT NULL, verdict TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident, record)
) WITHOUT ROWID;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incidents (id),
    at TEXT NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX notes_incident ON notes (incident);
CREATE TABLE escalations (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incidents (id),
    at TEXT NOT NULL, by TEXT NOT NULL, fields TEXT NOT NULL,
    path TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '', answer TEXT
);
CREATE INDEX escalations_incident ON escalations (incident);
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incidents (id),
    at TEXT NOT NULL, by TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX turns_incident ON turns (incident);
"""
_MARKS: Final = """
ALTER TABLE passes ADD COLUMN begun_mark TEXT;
ALTER TABLE passes ADD COLUMN ended_mark TEXT;
ALTER TABLE sightings ADD COLUMN run TEXT NOT NULL DEFAULT '';
"""
MIGRATIONS: Final = (_FIRST, _MARKS)
VERSION: Final = len(MIGRATIONS)
