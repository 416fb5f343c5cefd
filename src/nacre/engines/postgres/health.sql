-- How a cluster is, in one row, without a look into any database of it. Everything is cumulative since the statistics
-- were reset, or of this moment (https://www.postgresql.org/docs/current/monitoring-stats.html).
WITH sessions AS (
  SELECT
    count(*) AS connections,
    count(*) FILTER (WHERE state = 'active') AS active,
    count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
    max(extract(epoch FROM now() - state_change)) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_longest,
    max(extract(epoch FROM now() - xact_start)) AS transaction_longest,
    count(*) FILTER (WHERE wait_event_type = 'Lock') AS blocked
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
), waits AS (
  SELECT max(extract(epoch FROM clock_timestamp() - waitstart)) AS blocked_longest FROM pg_locks WHERE NOT granted
), work AS (
  SELECT
    sum(xact_commit) AS commits, sum(xact_rollback) AS rollbacks, sum(blks_hit) AS hit, sum(blks_read) AS read,
    sum(tup_returned + tup_fetched) AS returned, sum(tup_inserted + tup_updated + tup_deleted) AS changed,
    sum(deadlocks) AS deadlocks, sum(temp_files) AS temp_files, sum(temp_bytes) AS temp_bytes
  FROM pg_stat_database
), log AS (
  -- The name of a segment is its timeline, and its position in two halves. Where none is known, as after a crash, what is
  -- finished and waits is counted.
  SELECT
    pg_current_wal_lsn() - '0/0'::pg_lsn AS written,
    failed_count,
    CASE WHEN last_archived_wal ~ '^[0-9A-F]{24}' THEN
      ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * 4294967296
      + (('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint + 1)
      * pg_size_bytes(current_setting('wal_segment_size'))
    ELSE pg_current_wal_lsn() - '0/0'::pg_lsn - (
      SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}\.ready$'
    ) * pg_size_bytes(current_setting('wal_segment_size')) END AS archived
  FROM pg_stat_archiver
)
SELECT
  connections, current_setting('max_connections')::int, active, idle_in_transaction, coalesce(idle_longest, 0),
  coalesce(transaction_longest, 0), blocked, coalesce(blocked_longest, 0), commits, rollbacks, hit, read, returned,
  changed, deadlocks, temp_files, temp_bytes, written, greatest(written - archived, 0), failed_count,
  (SELECT max(age(datfrozenxid)) FROM pg_database)
FROM sessions, waits, work, log
