-- Models by the name that people give them. `scope` is '(home)' for everybody's, else the project's whose alone it is.
-- A chain has `tiers`, a JSON list of lists of names, and no provider of its own.
CREATE TABLE model (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  base_url TEXT,
  sealed_key TEXT,
  tiers TEXT,
  options TEXT NOT NULL DEFAULT '{}',
  is_default INTEGER NOT NULL DEFAULT 0,
  added_at REAL NOT NULL,
  PRIMARY KEY (scope, name)
) WITHOUT ROWID;

-- One row a call. A row is 'started' before the call leaves the machine, with all that it may cost as `cost`.
CREATE TABLE request (
  id TEXT PRIMARY KEY,
  at REAL NOT NULL,
  site TEXT NOT NULL,
  database TEXT NOT NULL,
  role TEXT NOT NULL,
  application TEXT NOT NULL,
  person TEXT,
  purpose TEXT NOT NULL,
  asked TEXT NOT NULL,
  model TEXT,
  outcome TEXT NOT NULL,
  error TEXT,
  cache TEXT,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  estimated INTEGER NOT NULL DEFAULT 0,
  cost INTEGER NOT NULL DEFAULT 0,
  first_s REAL,
  seconds REAL,
  redacted INTEGER NOT NULL DEFAULT 0,
  digest TEXT NOT NULL,
  prompt TEXT,
  answer TEXT
) WITHOUT ROWID;
CREATE INDEX request_at ON request (at);
CREATE INDEX request_site ON request (site, at);
CREATE INDEX request_started ON request (outcome) WHERE outcome = 'started';

CREATE TABLE feedback (
  request TEXT NOT NULL,
  at REAL NOT NULL,
  who TEXT NOT NULL,
  rating INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (request, at)
) WITHOUT ROWID;

-- What was spent, by day, and by whom and where: it outlives the requests that it was spent on. Billionths of a dollar.
CREATE TABLE spend (
  day TEXT NOT NULL,
  site TEXT NOT NULL,
  person TEXT NOT NULL,
  role TEXT NOT NULL,
  model TEXT NOT NULL,
  calls INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (day, site, person, role, model)
) WITHOUT ROWID;

CREATE TABLE budget (
  scope TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  period TEXT NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (scope, subject, name, period)
) WITHOUT ROWID;

CREATE TABLE redaction (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  pattern TEXT,
  action TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) WITHOUT ROWID;

CREATE TABLE answer (
  key BLOB PRIMARY KEY,
  scope TEXT NOT NULL,
  model TEXT NOT NULL,
  body TEXT NOT NULL,
  size INTEGER NOT NULL,
  made_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  used_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX answer_used ON answer (used_at);

-- Meanings of prompts, for the cache that answers what was asked in other words.
CREATE TABLE meaning (
  key BLOB PRIMARY KEY,
  setting BLOB NOT NULL,
  vector BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX meaning_setting ON meaning (setting);

CREATE TABLE policy (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- PostgreSQL elsewhere that calls in. The verifier is SCRAM's; the connection strings are sealed.
CREATE TABLE site (
  name TEXT PRIMARY KEY,
  verifier TEXT NOT NULL,
  reader TEXT,
  worker TEXT,
  added_at REAL NOT NULL
) WITHOUT ROWID;
