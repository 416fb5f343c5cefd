-- metrics.db. Times are milliseconds since the epoch, but for system_metrics, where they are seconds.
CREATE TABLE system_metrics (
  id INTEGER PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  cpu_usage_percent REAL,
  memory_alloc_mb REAL,
  tasks_count INTEGER,
  threads_count INTEGER,
  sqlite_wal_size_mb REAL,
  sqlite_open_conns INTEGER,
  p95_latency_ms REAL,
  http_5xx_count INTEGER
);
CREATE INDEX ix_system_metrics_timestamp ON system_metrics (timestamp);
CREATE TABLE subject (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL, UNIQUE (kind, label));
-- The names of a kind's measures, as a version of Nacre had them: what a row or block of this layout is made of.
CREATE TABLE layout (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, names TEXT NOT NULL, UNIQUE (kind, names));
-- What was measured in the hour that is not over: the numbers of all measures, 8 bytes each.
CREATE TABLE recent (
  subject INTEGER NOT NULL, time INTEGER NOT NULL, layout INTEGER NOT NULL, numbers BLOB NOT NULL,
  PRIMARY KEY (subject, time)
) WITHOUT ROWID;
-- The hours before, and the days by quarters of an hour (of each measure mean, least and greatest): see blocks.py.
CREATE TABLE hour (
  subject INTEGER NOT NULL, start INTEGER NOT NULL, layout INTEGER NOT NULL, block BLOB NOT NULL,
  PRIMARY KEY (subject, start, layout)
);
CREATE TABLE day (
  subject INTEGER NOT NULL, start INTEGER NOT NULL, layout INTEGER NOT NULL, block BLOB NOT NULL,
  PRIMARY KEY (subject, start, layout)
);
