-- What each statement has cost since the counts were reset, whoever ran it; not what the daemon runs itself, as the
-- superuser (https://www.postgresql.org/docs/current/pgstatstatements.html). Times are milliseconds, sizes blocks.
SELECT
  s.dbid::bigint, d.datname::text, s.queryid, max(s.query),
  array_agg(DISTINCT coalesce(r.rolname::text, '')), sum(s.calls), sum(s.rows), sum(s.total_exec_time),
  min(s.min_exec_time), max(s.max_exec_time), sum(s.shared_blks_hit + s.local_blks_hit),
  sum(s.shared_blks_read + s.local_blks_read), sum(s.shared_blks_written + s.local_blks_written),
  sum(s.temp_blks_read), sum(s.temp_blks_written), sum(s.wal_bytes)
FROM public.pg_stat_statements(true) s JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL AND s.query IS NOT NULL AND s.userid <> 10
GROUP BY s.dbid, d.datname, s.queryid
