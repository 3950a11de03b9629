/**
 * What makes each version of the tables of site.db out of the one before, the first out of nothing. One that has landed
 * is never changed. Times are milliseconds since 1970.
 */
export const schema: readonly string[] = [
  `
  CREATE TABLE leases (
    address TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    mac TEXT NOT NULL,
    hostname TEXT,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;

  -- Boots under way; without the keys themselves.
  CREATE TABLE boot_keys (
    secret TEXT PRIMARY KEY,
    last_used_at INTEGER NOT NULL,
    session TEXT NOT NULL
  ) STRICT;

  -- On their way to the upstream, in the order of id. n: the number that it was sent by; NULL: it was not sent yet.
  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    chatter INTEGER NOT NULL,
    n INTEGER UNIQUE
  ) STRICT;
  CREATE INDEX events_unsent ON events (chatter, id) WHERE n IS NULL;

  -- last_number: of an event; dropped: events that found no room.
  CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO counts VALUES ('last_number', 0), ('dropped', 0);

  -- What happened to machines and has to reach the upstream, in the order of id.
  CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, input TEXT NOT NULL) STRICT;

  -- Releases that were told once: JSON.
  CREATE TABLE releases (name TEXT PRIMARY KEY, told_at INTEGER NOT NULL, release TEXT NOT NULL) STRICT;

  -- Bytes since the cache was made; one row.
  CREATE TABLE traffic (id INTEGER PRIMARY KEY, sent INTEGER NOT NULL, fetched INTEGER NOT NULL, wan INTEGER NOT NULL)
    STRICT;

  CREATE TABLE verifiers (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  `,
]
