-- How the tables, the log and the checkpoints of a cluster do, in one row; its tables are those of the database that one
-- is connected to. A table wants to be vacuumed from as many dead rows on as autovacuum waits for by the settings.
WITH begun AS (
  SELECT coalesce(
    (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()), pg_postmaster_start_time()
  ) AS at
), tables AS (
  SELECT
    s.n_live_tup AS live, s.n_dead_tup AS dead, s.last_autovacuum, s.last_autoanalyze,
    s.n_dead_tup > current_setting('autovacuum_vacuum_threshold')::float8
      + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(c.reltuples, 0) AS wants_vacuum,
    s.n_mod_since_analyze > current_setting('autovacuum_analyze_threshold')::float8
      + current_setting('autovacuum_analyze_scale_factor')::float8 * greatest(c.reltuples, 0) AS wants_analyze,
    extract(epoch FROM now() - coalesce(greatest(s.last_vacuum, s.last_autovacuum), begun.at)) AS vacuumed,
    extract(epoch FROM now() - coalesce(greatest(s.last_analyze, s.last_autoanalyze), begun.at)) AS analyzed
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid, begun
), kept AS (
  SELECT
    count(*) AS tables, sum(live) AS live, sum(dead) AS dead,
    max(dead / (live + dead)::float8) FILTER (WHERE dead >= 10000) AS dead_share,
    max(vacuumed) FILTER (WHERE wants_vacuum) AS unvacuumed, max(analyzed) FILTER (WHERE wants_analyze) AS unanalyzed,
    extract(epoch FROM now() - max(last_autovacuum)) AS vacuum_age,
    extract(epoch FROM now() - max(last_autoanalyze)) AS analyze_age
  FROM tables
)
SELECT
  (SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn), tables, coalesce(live, 0),
  coalesce(dead, 0), coalesce(dead_share, 0), coalesce(unvacuumed, 0), coalesce(unanalyzed, 0), vacuum_age, analyze_age,
  (SELECT count(*) FROM pg_index WHERE NOT indisvalid), (SELECT sum(size) FROM pg_ls_waldir()),
  (SELECT count(*) FROM pg_prepared_xacts),
  (SELECT coalesce(max(extract(epoch FROM now() - prepared)), 0) FROM pg_prepared_xacts),
  (SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database)
FROM kept
