-- The index of one project's file history. Paths are bytes: file names need not be UTF-8.
CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- One row per branch. last_* outlive garbage collection, so that a sequence number is never used twice.
CREATE TABLE IF NOT EXISTS tree (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  last_seq     INTEGER NOT NULL DEFAULT 0,
  last_time_ns INTEGER NOT NULL,
  horizon_seq  INTEGER NOT NULL DEFAULT 0,
  horizon_ns   INTEGER NOT NULL
);

-- Moments before the horizon that stay whole because somebody pinned them.
CREATE TABLE IF NOT EXISTS pin (
  tree INTEGER NOT NULL REFERENCES tree(key) ON DELETE CASCADE,
  seq  INTEGER NOT NULL,
  PRIMARY KEY (tree, seq)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS entry (
  tree     INTEGER NOT NULL,
  path     BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  time_ns  INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  mode     INTEGER NOT NULL,
  uid      INTEGER NOT NULL,
  gid      INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  ino      INTEGER NOT NULL,
  layout   INTEGER NOT NULL,
  content  BLOB,
  flaw     INTEGER NOT NULL,
  PRIMARY KEY (tree, path, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_by_seq ON entry (tree, seq, time_ns);

CREATE INDEX IF NOT EXISTS entry_flawed ON entry (tree, kind) WHERE flaw != 0;

CREATE TABLE IF NOT EXISTS blob (
  address BLOB PRIMARY KEY,
  pack    INTEGER NOT NULL,
  start   INTEGER NOT NULL,
  stored  INTEGER NOT NULL,
  raw     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blob_by_place ON blob (pack, start, stored);
