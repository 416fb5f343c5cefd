-- What keeps vectors in step: the trigger that notes changes, and what the worker in the side-car takes and stores.
-- All of it runs as llm_keeper, and only llm_worker may call it.

-- Notes which rows of a table changed. Arguments of the trigger: the vectorizer's id.
CREATE OR REPLACE FUNCTION llm_data.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine constant integer := TG_ARGV[0];
    here constant oid[] := ARRAY(SELECT TG_RELID UNION SELECT relid::oid FROM pg_partition_ancestors(TG_RELID) AS a (relid));
    columns text[];
    build text;
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- Locked in the order of catch_up, so that none is exchanged for the next one while it is emptied.
        PERFORM llm_data.empty(locked.v) FROM (
            SELECT v FROM llm.vectorizer v WHERE (v.id = mine OR v.replaces = mine) AND here @> ARRAY[v.source::oid]
            ORDER BY v.id DESC FOR UPDATE
        ) locked;
        RETURN NULL;
    END IF;
    SELECT array_agg(a.attname ORDER BY k.place) INTO columns
    FROM llm.vectorizer v, unnest(v.key_columns) WITH ORDINALITY AS k (number, place), pg_attribute a
    WHERE v.id = mine AND here @> ARRAY[v.source::oid] AND a.attrelid = v.source AND a.attnum = k.number
    HAVING bool_and(a.atttypid < 16384 OR llm_data.is_plain(a.atttypid));
    IF columns IS NULL THEN
        -- It was dropped by somebody who could not take its triggers along, this came in by a dump, or a column of the
        -- key has another type by now, which breaks the vectorizer (see source_of).
        RETURN NULL;
    END IF;
    IF columns = '{id}' THEN -- what most tables have, without a statement to plan for each row
        IF TG_OP <> 'INSERT' THEN
            before := jsonb_build_array(OLD.id);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            after := jsonb_build_array(NEW.id);
        END IF;
    ELSE
        SELECT 'SELECT jsonb_build_array(' || string_agg(format('($1).%I', c), ', ' ORDER BY place) || ')' INTO build
        FROM unnest(columns) WITH ORDINALITY AS named (c, place);
        IF TG_OP <> 'INSERT' THEN
            EXECUTE build INTO before USING OLD;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            EXECUTE build INTO after USING NEW;
        END IF;
    END IF;
    INSERT INTO llm.vectorizer_queue (vectorizer, key)
    SELECT v.id, changed.key
    FROM llm.vectorizer v, (VALUES (before), (nullif(after, before))) AS changed (key)
    WHERE (v.id = mine OR v.replaces = mine) AND changed.key IS NOT NULL;
    PERFORM pg_notify('llm_vectorizer', '');
    RETURN NULL;
END
$$;

-- Forgets all vectors of a vectorizer, and what it was about to do.
CREATE OR REPLACE FUNCTION llm_data.empty(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM llm.vectorizer_queue q WHERE q.vectorizer = v.id;
    DELETE FROM llm.vectorizer_error e WHERE e.vectorizer = v.id;
    EXECUTE format('TRUNCATE %s', v.vectors);
END
$$;

-- Whether values of a type are read and written by PostgreSQL or an extension alone: of a type of their own, people also
-- make the casts and checks, which would run with the rights of llm_keeper.
CREATE OR REPLACE FUNCTION llm_data.is_plain(type oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT type < 16384 OR EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_type'::regclass AND d.objid = type AND d.deptype = 'e')
$$;

-- How to read the source today: as pieces of SQL, or NULL in `keys` with the reason why it cannot be read any more.
CREATE OR REPLACE FUNCTION llm_data.source_of(v llm.vectorizer, OUT source text, OUT keys text[], OUT texts text[],
    OUT key_values text[], OUT reason text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stranger constant text := llm_private.called_by_reading(ARRAY[v.source::oid]);
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO source
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = v.source AND c.relkind IN ('r', 'p');
    IF source IS NULL THEN
        reason := format('The table %s was dropped.', v.source_name);
        RETURN;
    END IF;
    SELECT array_agg(format('%I', a.attname) ORDER BY k.place),
        array_agg(format('(%%s ->> %s)::%s', k.place - 1, format_type(a.atttypid, a.atttypmod)) ORDER BY k.place)
    INTO keys, key_values
    FROM unnest(v.key_columns) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = k.number AND NOT a.attisdropped;
    SELECT array_agg(format('%I', a.attname) ORDER BY k.place) INTO texts
    FROM unnest(v.text_columns) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = k.number AND NOT a.attisdropped;
    IF cardinality(keys) IS DISTINCT FROM cardinality(v.key_columns)
        OR cardinality(texts) IS DISTINCT FROM cardinality(v.text_columns) THEN
        keys := NULL;
        reason := format('The table %s has lost a column that this vectorizer reads.', source);
    ELSIF NOT (SELECT bool_and(llm_data.is_plain(a.atttypid)) FROM pg_attribute a
        WHERE a.attrelid = v.source AND a.attnum = ANY (v.key_columns)) THEN
        keys := NULL;
        reason := format('A column of the key of %s has a type of somebody''s own.', source);
    ELSIF stranger IS NOT NULL THEN
        keys := NULL;
        reason := format('Reading %s may call %s, which is not the database owner''s.', source, stranger);
    END IF;
END
$$;

-- A vectorizer that cannot read its table any more says so, until somebody mends it and resumes it.
CREATE OR REPLACE FUNCTION llm_data.break_down(vectorizer integer, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE llm.vectorizer SET state = 'broken', reason = why WHERE id = break_down.vectorizer;
$$;

-- The worker's first word on a database: it alone works here, and what another had in hand is free again.
-- False while another holds the place; the session that it was called in keeps it.
CREATE OR REPLACE FUNCTION llm_data.take_over(worker uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT pg_try_advisory_lock(hashtext('llm_vectorizer'), 0) THEN
        RETURN false;
    END IF;
    UPDATE llm.vectorizer_queue SET claim = NULL WHERE claim IS NOT NULL AND claim <> worker;
    RETURN true;
END
$$;

-- Every vectorizer with when its next change is due: NULL where none waits, and while it is paused or broken.
CREATE OR REPLACE FUNCTION llm_data.work()
RETURNS TABLE (id integer, name text, columns text[], chunking jsonb, model text, digest text, dimension integer,
    owner name, due_at timestamptz, filled boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT v.id, v.name,
        ARRAY(SELECT a.attname::text FROM unnest(v.text_columns) WITH ORDINALITY AS t (number, place)
            JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = t.number ORDER BY t.place),
        v.chunking, v.model, v.digest, v.dimension, v.owner,
        -- No sooner than it was made: a time that every client knows, unlike -infinity.
        CASE WHEN v.state = 'active' AND q.soonest IS NOT NULL
            THEN greatest(q.soonest, v.held_until, v.created_at) END,
        v.filled
    FROM llm.vectorizer v
    CROSS JOIN LATERAL (
        SELECT min(head.not_before) AS soonest FROM (
            SELECT q.not_before FROM llm.vectorizer_queue q WHERE q.vectorizer = v.id AND q.claim IS NULL
            ORDER BY q.id LIMIT 1000
        ) head
    ) q
    ORDER BY v.id
$$;

-- Takes up to `most` changes in hand and reads the rows they are about. `texts` is NULL for a row that is gone.
-- A row that is in hand already is left for later, so that an older text never overtakes a newer one.
CREATE OR REPLACE FUNCTION llm_data.claim(worker uuid, vectorizer integer, most integer)
RETURNS TABLE (ids bigint[], key jsonb, texts text[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v llm.vectorizer;
    s record;
BEGIN
    SELECT * INTO v FROM llm.vectorizer w WHERE w.id = claim.vectorizer AND w.state = 'active';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    s := llm_data.source_of(v);
    IF s.keys IS NULL THEN
        PERFORM llm_data.break_down(v.id, s.reason);
        RETURN;
    END IF;
    IF v.source_name IS DISTINCT FROM v.source::text THEN
        PERFORM llm_data.name_source(v);
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH due AS (
            SELECT q.id FROM llm.vectorizer_queue q
            WHERE q.vectorizer = $2 AND q.claim IS NULL AND q.not_before <= statement_timestamp()
                AND NOT EXISTS (
                    SELECT FROM llm.vectorizer_queue c
                    WHERE c.vectorizer = $2 AND c.key = q.key AND c.claim IS NOT NULL
                )
            ORDER BY q.id LIMIT $3 FOR UPDATE SKIP LOCKED
        ), mine AS (
            UPDATE llm.vectorizer_queue q SET claim = $1 FROM due WHERE q.id = due.id RETURNING q.id, q.key
        ), keyed AS (
            SELECT array_agg(id) AS ids, key FROM mine GROUP BY key
        )
        SELECT k.ids, k.key, CASE WHEN s.%1$s IS NOT NULL THEN ARRAY[%2$s] END
        FROM keyed k LEFT JOIN %3$s s ON (%4$s) = (%5$s)
        ORDER BY k.ids[1]
    $q$,
        s.keys[1],
        (SELECT string_agg(format('format(''%%s'', s.%s)', c), ', ' ORDER BY place)
            FROM unnest(s.texts) WITH ORDINALITY AS t (c, place)),
        s.source,
        (SELECT string_agg('s.' || c, ', ' ORDER BY place) FROM unnest(s.keys) WITH ORDINALITY AS t (c, place)),
        (SELECT string_agg(format(c, 'k.key'), ', ' ORDER BY place)
            FROM unnest(s.key_values) WITH ORDINALITY AS t (c, place))
    ) USING worker, v.id, most;
EXCEPTION
    WHEN insufficient_privilege OR undefined_table OR undefined_column OR invalid_text_representation THEN
        PERFORM llm_data.break_down(v.id, format('%s cannot be read: %s.', v.source_name, SQLERRM));
END
$$;

-- Where vectors of a hash are found: in its own table, and in that of the one that it is built beside, where both are
-- of one model.
CREATE OR REPLACE FUNCTION llm_data.vectors_at_hand(v llm.vectorizer) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '(' || string_agg(format('SELECT hash, embedding FROM %s', w.vectors), ' UNION ALL ' ORDER BY w.id = v.id DESC)
        || ')'
    FROM llm.vectorizer w WHERE w.id = v.id OR w.id = v.replaces AND w.digest = v.digest
$$;

-- Which of these hashes have a vector already, so that they need not be embedded again.
CREATE OR REPLACE FUNCTION llm_data.known(vectorizer integer, hashes bytea[]) RETURNS bytea[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at_hand text := (SELECT llm_data.vectors_at_hand(v) FROM llm.vectorizer v WHERE v.id = known.vectorizer);
    found bytea[];
BEGIN
    IF at_hand IS NOT NULL THEN -- it was not dropped meanwhile
        EXECUTE format('SELECT array_agg(DISTINCT hash) FROM %s x WHERE hash = ANY ($1)', at_hand) INTO found
        USING hashes;
    END IF;
    RETURN coalesce(found, '{}');
END
$$;

-- Stores what became of rows in hand, all or none. Keys and chunks are numbered: `id_keys` says of which key (from 1)
-- each queued change was, `chunk_keys` to which each chunk belongs. A key without chunks loses its vectors. A chunk
-- without an embedding takes over that of its hash, and vectors that stay the same are left alone.
-- Answers how many rows were stored. Not stored is what another worker took over, what a TRUNCATE forgot, and what
-- hoped for a hash that has gone: that is free again.
CREATE OR REPLACE FUNCTION llm_data.store(
    worker uuid, vectorizer integer, digest text,
    ids bigint[], id_keys integer[], keys jsonb[],
    chunk_keys integer[], seqs integer[], chunks text[], contexts text[], hashes bytea[], embeddings text[]
) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
    at_hand text;
    live integer[];
    again integer[];
BEGIN
    PERFORM FROM llm.vectorizer_queue q WHERE q.id = ANY (ids) AND q.claim = worker ORDER BY q.id FOR UPDATE;
    SELECT * INTO v FROM llm.vectorizer w WHERE w.id = store.vectorizer;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF v.digest <> store.digest THEN
        RAISE EXCEPTION 'The vectors of % are of the model %, and these are of another.', v.name, v.model
            USING ERRCODE = 'LM014', HINT = 'llm.alter_vectorizer builds the vectors of another model beside these.';
    END IF;
    at_hand := llm_data.vectors_at_hand(v);
    live := ARRAY(
        SELECT k.key FROM unnest(ids, id_keys) AS k (id, key)
        LEFT JOIN llm.vectorizer_queue q ON q.id = k.id AND q.claim = worker
        GROUP BY k.key HAVING count(*) = count(q.id)
    );
    EXECUTE format($q$
        SELECT array_agg(DISTINCT c.key) FROM unnest($1, $2, $3) AS c (key, hash, embedding)
        WHERE c.embedding IS NULL AND NOT EXISTS (SELECT FROM %s x WHERE x.hash = c.hash)
    $q$, at_hand) INTO again USING chunk_keys, hashes, embeddings;
    IF again IS NOT NULL THEN
        UPDATE llm.vectorizer_queue q SET claim = NULL FROM unnest(ids, id_keys) AS k (id, key)
        WHERE q.id = k.id AND q.claim = worker AND k.key = ANY (again);
        live := ARRAY(SELECT key FROM unnest(live) AS key WHERE key <> ALL (again));
    END IF;
    EXECUTE (
        SELECT format($q$
            WITH keyed AS (
                SELECT k.n, %2$s FROM unnest($1) WITH ORDINALITY AS k (key, n) WHERE k.n = ANY ($2)
            ), fresh AS (
                SELECT c.*, row_number() OVER (PARTITION BY c.n, c.hash ORDER BY c.seq) AS nth
                FROM unnest($3, $4, $5, $6, $7, $8) AS c (n, seq, chunk, context, hash, embedding)
                WHERE c.n = ANY ($2)
            ), present AS (
                SELECT x.chunk_id, k.n, x.hash, row_number() OVER (PARTITION BY k.n, x.hash ORDER BY x.seq) AS nth
                FROM keyed k JOIN %1$s x ON (%3$s) = (%4$s)
            ), gone AS (
                DELETE FROM %1$s x USING present p LEFT JOIN fresh f ON (f.n, f.hash, f.nth) = (p.n, p.hash, p.nth)
                WHERE x.chunk_id = p.chunk_id AND f.n IS NULL
            ), moved AS (
                UPDATE %1$s x SET seq = f.seq FROM present p JOIN fresh f ON (f.n, f.hash, f.nth) = (p.n, p.hash, p.nth)
                WHERE x.chunk_id = p.chunk_id AND x.seq <> f.seq
            )
            INSERT INTO %1$s (%5$s, seq, chunk, hash, embedding, words)
            SELECT %4$s, f.seq, f.chunk, f.hash,
                coalesce(f.embedding::%6$s, (SELECT x.embedding FROM %7$s x WHERE x.hash = f.hash LIMIT 1)),
                llm_data.words($9, f.context || f.chunk)
            FROM fresh f JOIN keyed k ON k.n = f.n
            LEFT JOIN present p ON (p.n, p.hash, p.nth) = (f.n, f.hash, f.nth)
            WHERE p.n IS NULL
            ORDER BY f.n, f.seq
        $q$,
            v.vectors,
            string_agg(format('(k.key ->> %s)::%s AS key_%1$s', place - 1, format_type(atttypid, atttypmod)), ', '
                ORDER BY place),
            string_agg(format('x.%I', attname), ', ' ORDER BY place),
            string_agg(format('k.key_%s', place - 1), ', ' ORDER BY place),
            string_agg(format('%I', attname), ', ' ORDER BY place),
            (SELECT format_type(e.atttypid, NULL) FROM pg_attribute e
                WHERE e.attrelid = v.vectors AND e.attname = 'embedding'),
            at_hand)
        FROM unnest(v.key_names) WITH ORDINALITY AS k (name, place)
        JOIN pg_attribute a ON a.attrelid = v.vectors AND a.attname = k.name
    ) USING keys, live, chunk_keys, seqs, chunks, contexts, hashes, embeddings, v.words;
    DELETE FROM llm.vectorizer_queue q USING unnest(ids, id_keys) AS k (id, key)
    WHERE q.id = k.id AND k.key = ANY (live);
    DELETE FROM llm.vectorizer_error e USING unnest(keys) WITH ORDINALITY AS k (key, n)
    WHERE e.vectorizer = v.id AND e.key = k.key AND k.n = ANY (live);
    RETURN cardinality(live);
END
$$;

-- Gives back rows in hand that failed, to be tried again ever later; after `most` attempts they become an error.
CREATE OR REPLACE FUNCTION llm_data.fail(worker uuid, vectorizer integer, ids bigint[], code text, message text,
    most integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH over AS (
        DELETE FROM llm.vectorizer_queue q
        WHERE q.id = ANY (ids) AND q.claim = worker AND q.vectorizer = fail.vectorizer AND q.attempts + 1 >= most
        RETURNING q.key, q.attempts + 1 AS attempts
    ), known AS (
        DELETE FROM llm.vectorizer_error e USING over WHERE e.vectorizer = fail.vectorizer AND e.key = over.key
    )
    INSERT INTO llm.vectorizer_error (vectorizer, key, code, message, attempts)
    SELECT fail.vectorizer, over.key, fail.code, fail.message, max(over.attempts) FROM over GROUP BY over.key;
    UPDATE llm.vectorizer_queue q SET attempts = q.attempts + 1, claim = NULL,
        not_before = clock_timestamp() + least(600, 2 ^ q.attempts) * (0.5 + random() / 2) * interval '1 second'
    WHERE q.id = ANY (ids) AND q.claim = worker;
END
$$;

-- Gives back rows in hand as they were: nothing was wrong with them.
CREATE OR REPLACE FUNCTION llm_data.release(worker uuid, ids bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE llm.vectorizer_queue SET claim = NULL WHERE id = ANY (ids) AND claim = worker;
$$;

-- Waits with a vectorizer until a time, for a reason that its status tells; NULL: it goes on.
CREATE OR REPLACE FUNCTION llm_data.hold(vectorizer integer, why text, until timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE llm.vectorizer SET reason = why, held_until = until
    WHERE id = hold.vectorizer AND state = 'active' AND (reason, held_until) IS DISTINCT FROM (why, until);
$$;

-- Once a vectorizer's queue is empty: it is filled, takes the place of the one it was built beside, and gets the index
-- that its number of vectors asks for. False if there is work after all.
CREATE OR REPLACE FUNCTION llm_data.catch_up(vectorizer integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
BEGIN
    SELECT * INTO v FROM llm.vectorizer w WHERE w.id = catch_up.vectorizer FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM llm.vectorizer_queue q WHERE q.vectorizer = v.id) THEN
        RETURN false;
    END IF;
    UPDATE llm.vectorizer SET filled = true WHERE id = v.id AND NOT filled;
    PERFORM llm_data.build_index(v);
    SELECT * INTO v FROM llm.vectorizer w WHERE w.id = v.id;
    IF v.replaces IS NOT NULL THEN
        PERFORM llm_data.take_place(v);
    END IF;
    RETURN true;
END
$$;

-- An approximate index, where the vectorizer wants one for so many vectors and has none. Up to 4,000 dimensions.
-- Plain, not CONCURRENTLY: whoever searches or writes to the source goes on, and only the worker waits, who builds it.
CREATE OR REPLACE FUNCTION llm_data.build_index(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    enough constant bigint := greatest((v.index ->> 'min_rows')::bigint, 1);
    statement text;
    many bigint;
BEGIN
    IF v.index ->> 'kind' = 'none' OR v.index ? 'failed' OR v.dimension > 4000 OR EXISTS (
        SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid = v.vectors AND m.amname IN ('hnsw', 'ivfflat')
    ) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT $1) x', v.vectors)
    INTO many USING enough;
    IF many < enough THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT count(*) FROM %s', v.vectors) INTO many;
    statement := llm_data.index_of(v, many);
    PERFORM set_config('maintenance_work_mem', '512MB', true);
    BEGIN
        EXECUTE statement;
    EXCEPTION
        WHEN OTHERS THEN -- for one, shared memory is short in many a container
            PERFORM set_config('max_parallel_maintenance_workers', '0', true);
            EXECUTE statement;
    END;
EXCEPTION
    WHEN deadlock_detected OR lock_not_available THEN
        RAISE; -- it is tried again
    WHEN OTHERS THEN -- search compares all vectors then, which is slower and no less right
        UPDATE llm.vectorizer w SET index = w.index || jsonb_build_object('failed', SQLERRM) WHERE w.id = v.id;
END
$$;

-- The statement that makes the index of a vectorizer with so many vectors. Where nothing else is said, an ivfflat has as
-- many lists as pgvector advises.
CREATE OR REPLACE FUNCTION llm_data.index_of(v llm.vectorizer, many bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('CREATE INDEX ON %s USING %I (embedding %I.%I)', v.vectors, v.index ->> 'kind', n.nspname,
            t.typname || '_cosine_ops')
        || coalesce((SELECT ' WITH (' || string_agg(format('%I = %s', o.key, o.value::integer), ', ') || ')'
            FROM jsonb_each_text(CASE v.index ->> 'kind' WHEN 'ivfflat' THEN jsonb_build_object('lists',
                greatest(CASE WHEN many > 1000000 THEN sqrt(many) ELSE many / 1000 END, 10)::integer) ELSE '{}' END
                || v.index) o
            WHERE o.key IN ('m', 'ef_construction', 'lists')), '')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE a.attrelid = v.vectors AND a.attname = 'embedding'
$$;

-- Swaps a vectorizer that was built beside another into that one's place, whose name, id and triggers stay.
CREATE OR REPLACE FUNCTION llm_data.take_place(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before llm.vectorizer;
BEGIN
    SELECT * INTO before FROM llm.vectorizer w WHERE w.id = v.replaces FOR UPDATE;
    DELETE FROM llm.vectorizer_queue q WHERE q.vectorizer = before.id;
    DELETE FROM llm.vectorizer_error e WHERE e.vectorizer = before.id;
    PERFORM llm_private.belong('table', c.relname, false) FROM pg_class c WHERE c.oid = before.vectors;
    PERFORM llm_private.belong('function', 'rows_of_' || before.id, false);
    EXECUTE format('DROP TABLE %s', before.vectors);
    EXECUTE format('DROP FUNCTION llm_data.%I()', 'rows_of_' || before.id);
    EXECUTE format('ALTER TABLE %s RENAME TO %I', v.vectors, before.name);
    EXECUTE format('ALTER FUNCTION llm_data.%I() RENAME TO %I', 'rows_of_' || v.id, 'rows_of_' || before.id);
    UPDATE llm.vectorizer_error e SET vectorizer = before.id WHERE e.vectorizer = v.id;
    DELETE FROM llm.vectorizer w WHERE w.id = v.id;
    UPDATE llm.vectorizer w SET (key_names, chunking, model, digest, dimension, index, words, vectors, filled)
        = (v.key_names, v.chunking, v.model, v.digest, v.dimension, v.index, v.words, v.vectors, true),
        state = CASE w.state WHEN 'broken' THEN 'active' ELSE w.state END,
        reason = CASE w.state WHEN 'broken' THEN NULL ELSE w.reason END
    WHERE w.id = before.id;
END
$$;
