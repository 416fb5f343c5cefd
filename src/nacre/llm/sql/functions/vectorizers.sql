-- Vectorizers as people and agents see them: made, changed, looked at, paused, dropped.

-- The role that calls, also inside functions that run with their owner's rights.
CREATE OR REPLACE FUNCTION llm_data.calling_role() RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;

-- The vectorizer of a name, for who owns its table or administers llm.
CREATE OR REPLACE FUNCTION llm_data.owned(name text) RETURNS llm.vectorizer
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
    who constant name := llm_data.calling_role();
BEGIN
    SELECT * INTO v FROM llm.vectorizer w WHERE w.name = owned.name AND w.replaces IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no vectorizer “%”.', name
            USING ERRCODE = 'LM014', HINT = 'SELECT name FROM llm.vectorizer_status() lists them.';
    END IF;
    IF NOT pg_has_role(who, 'llm_admin', 'USAGE') AND NOT pg_has_role(who,
        coalesce((SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = v.source), v.owner), 'USAGE') THEN
        RAISE EXCEPTION 'The vectorizer % is not yours to change.', name
            USING ERRCODE = 'LM013', HINT = 'It takes the owner of its table, or a member of llm_admin.';
    END IF;
    RETURN v;
END
$$;

-- llm.create_vectorizer(table, columns, chunking, embedding, index, name) → its name
-- Makes vectors of the text in some columns of a table, and keeps them in step with it from now on.
--   source     a table with a primary key, which the caller owns
--   columns    what is embedded, in this order
--   chunking   {"by": "recursive" | "sentences" | "markdown" | "tokens" | "characters" | "none", "size": 800,
--              "overlap": 100, "context": "{title}\n"}
--   embedding  {"model": alias}; without it the default model for embeddings
--   index      {"kind": "hnsw" | "ivfflat" | "none", "min_rows": 50000, "m": …, "ef_construction": …, "lists": …,
--              "words": a text search configuration}
-- Costs: the text of the whole table once, then what changes. Errors: LM014 for arguments, LM012 for the model.
CREATE OR REPLACE FUNCTION llm.create_vectorizer(source regclass, columns text[], chunking jsonb DEFAULT '{}',
    embedding jsonb DEFAULT '{}', index jsonb DEFAULT '{}', name text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM llm_data.suitable(source, columns);
    RETURN llm_data.set_up(source, columns, llm_data.settled(jsonb_build_object(
        'chunking', chunking, 'embedding', embedding, 'index', index, 'columns', columns)), name);
END
$$;

-- The settings of a vectorizer, checked and completed by the side-car, which sends a worker.
CREATE OR REPLACE FUNCTION llm_data.settled(wanted jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT llm_private.call('vectorizer_settle', json_build_object('wanted', wanted))
$$;

-- As create_vectorizer, with settings that the side-car has checked and completed.
CREATE OR REPLACE FUNCTION llm_data.set_up(source regclass, columns text[], settings jsonb, name text DEFAULT NULL)
RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
    place text;
    schema_name text;
    watched text;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), n.nspname INTO place, schema_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = source;
    PERFORM llm_data.suitable(source, columns);
    IF NOT has_schema_privilege('llm_keeper', schema_name, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO llm_keeper', schema_name);
    END IF;
    SELECT string_agg(format('%I', c), ', ') INTO watched
    FROM (SELECT unnest(llm_data.key_of(source)) UNION SELECT unnest(columns)) AS t (c);
    EXECUTE format('GRANT SELECT (%s) ON %s TO llm_keeper', watched, place);
    id := llm_data.enter(source, columns, settings, name, NULL);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR DELETE OR UPDATE OF %s ON %s FOR EACH ROW '
        'EXECUTE FUNCTION llm_data.note(%L)', 'llm_vectorizer_' || id, watched, place, id);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER TRUNCATE ON %s EXECUTE FUNCTION llm_data.note(%L)',
        'llm_vectorizer_' || id || '_truncate', place, id);
    PERFORM llm_data.fill(id); -- after the triggers, whose lock leaves no writer in between
    RETURN llm_data.name_of(id);
END
$$;

CREATE OR REPLACE FUNCTION llm_data.name_of(vectorizer integer) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT v.name FROM llm.vectorizer v WHERE v.id = name_of.vectorizer
$$;

-- The columns of a table's primary key, in their order.
CREATE OR REPLACE FUNCTION llm_data.key_of(source regclass) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(a.attname::text ORDER BY k.place)
    FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place), pg_attribute a
    WHERE i.indrelid = source AND i.indisprimary AND a.attrelid = source AND a.attnum = k.number
$$;

-- Refuses what no vectorizer can be made of, before anything is changed.
CREATE OR REPLACE FUNCTION llm_data.suitable(source regclass, columns text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t pg_class;
    missing text;
    stranger constant text := llm_private.called_by_reading(ARRAY[source::oid]);
BEGIN
    SELECT * INTO t FROM pg_class c WHERE c.oid = source;
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        RAISE EXCEPTION 'Vectors need the extension pgvector, which this database does not have.'
            USING ERRCODE = 'LM014', HINT = CASE
                WHEN EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')
                THEN 'CREATE EXTENSION vector;' ELSE 'Install pgvector on the server, then CREATE EXTENSION vector;' END;
    END IF;
    IF t.relkind NOT IN ('r', 'p') OR t.relpersistence = 't' THEN
        RAISE EXCEPTION '% is not a table that can be kept in step.', source
            USING ERRCODE = 'LM014', HINT = 'Name an ordinary or a partitioned table, not a view or a temporary one.';
    END IF;
    IF NOT pg_has_role(t.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'The table % is not yours.', source
            USING ERRCODE = 'LM013', HINT = 'Only its owner may put a vectorizer on it: it adds triggers.';
    END IF;
    IF llm_data.key_of(source) IS NULL THEN
        RAISE EXCEPTION 'The table % has no primary key, by which rows are told apart.', source
            USING ERRCODE = 'LM014', HINT = 'ALTER TABLE … ADD PRIMARY KEY (…);';
    END IF;
    SELECT a.attname INTO missing FROM pg_attribute a
    WHERE a.attrelid = source AND a.attname = ANY (llm_data.key_of(source)) AND NOT llm_data.is_plain(a.atttypid);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'The key of % has a type of somebody''s own: “%”.', source, missing
            USING ERRCODE = 'LM014', HINT = 'Let the primary key be of types that PostgreSQL brings; its casts would run '
                'with the rights of llm_keeper.';
    END IF;
    IF stranger IS NOT NULL THEN
        RAISE EXCEPTION 'Reading % may call %, which would run with the rights of llm_keeper.', source, stranger
            USING ERRCODE = 'LM013', HINT = 'It stands in an index, a check, statistics or the partition key. Take it out '
                'there, or have it owned by the owner of the database.';
    END IF;
    IF coalesce(cardinality(columns), 0) = 0 THEN
        RAISE EXCEPTION 'No column is named to be embedded.'
            USING ERRCODE = 'LM014', HINT = 'For example ARRAY[''title'', ''body''].';
    END IF;
    SELECT c INTO missing FROM unnest(columns) AS c
    WHERE NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = source AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'The table % has no column “%”.', source, missing
            USING ERRCODE = 'LM014', HINT = (SELECT 'It has ' || string_agg(a.attname, ', ' ORDER BY a.attnum) || '.'
                FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped);
    END IF;
    IF t.relrowsecurity AND NOT (SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = 'llm_keeper') THEN
        RAISE EXCEPTION 'The table % has row-level security, past which llm_keeper may not look here.', source
            USING ERRCODE = 'LM013', HINT = 'A superuser can allow it: ALTER ROLE llm_keeper BYPASSRLS;';
    END IF;
END
$$;

-- Enters a vectorizer and makes its table, which llm_keeper owns. `beside` is one that it will replace.
CREATE OR REPLACE FUNCTION llm_data.enter(source regclass, columns text[], settings jsonb, name text, beside integer)
RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
    owner_name name;
    keys text[] := llm_data.key_of(source);
BEGIN
    SELECT pg_get_userbyid(c.relowner), coalesce(enter.name, substr(regexp_replace(c.relname, '\W', '_', 'g'), 1, 40))
    INTO owner_name, name FROM pg_class c WHERE c.oid = source;
    IF NOT pg_has_role(llm_data.calling_role(), owner_name, 'USAGE') THEN
        RAISE EXCEPTION 'The table % is not yours.', source USING ERRCODE = 'LM013', HINT = 'Ask its owner.';
    END IF;
    IF beside IS NULL AND EXISTS (SELECT FROM llm.vectorizer w WHERE w.name = enter.name) THEN
        RAISE EXCEPTION 'There is a vectorizer “%” already.', name
            USING ERRCODE = 'LM014', HINT = 'Give this one another name, or drop that one: llm.drop_vectorizer.';
    END IF;
    INSERT INTO llm.vectorizer (name, replaces, source, source_name, key_columns, text_columns, key_names, chunking,
        model, digest, dimension, index, words, owner)
    VALUES (name, beside, source, source::text, llm_data.numbers(source, keys), llm_data.numbers(source, columns),
        ARRAY(SELECT CASE WHEN c IN ('chunk_id', 'seq', 'chunk', 'hash', 'embedding', 'words')
            THEN 'source_' || c ELSE c END FROM unnest(keys) WITH ORDINALITY AS k (c, place) ORDER BY place),
        settings -> 'chunking', settings ->> 'model', settings ->> 'digest', (settings ->> 'dimension')::integer,
        settings -> 'index',
        coalesce(settings -> 'index' ->> 'words', current_setting('default_text_search_config'))::regconfig, owner_name)
    RETURNING * INTO v;
    v.vectors := llm_data.make_table(v);
    UPDATE llm.vectorizer w SET vectors = v.vectors WHERE w.id = v.id;
    RETURN v.id;
EXCEPTION
    WHEN check_violation THEN
        RAISE EXCEPTION '“%” is no name for a vectorizer.', name
            USING ERRCODE = 'LM014', HINT = 'Letters, digits and underscores, at most 40.';
END
$$;

CREATE OR REPLACE FUNCTION llm_data.numbers(source regclass, columns text[]) RETURNS smallint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(a.attnum ORDER BY c.place)
    FROM unnest(columns) WITH ORDINALITY AS c (name, place) JOIN pg_attribute a ON a.attname = c.name
    WHERE a.attrelid = source
$$;

-- The table of a vectorizer's vectors: the columns of the key as in the source, then the chunks.
CREATE OR REPLACE FUNCTION llm_data.make_table(v llm.vectorizer) RETURNS regclass
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place text := format('llm_data.%I', v.name || CASE WHEN v.replaces IS NULL THEN '' ELSE '__next' END);
    keys text;
BEGIN
    SELECT string_agg(format('%I', k), ', ' ORDER BY n) INTO keys FROM unnest(v.key_names) WITH ORDINALITY AS k (k, n);
    EXECUTE format('CREATE TABLE %s (chunk_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, %s, '
        'seq integer NOT NULL, chunk text NOT NULL, hash bytea NOT NULL, embedding %s NOT NULL, words tsvector NOT NULL)',
        place,
        (SELECT string_agg(format('%I %s NOT NULL', k.name, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY k.place)
            FROM unnest(v.key_names, v.key_columns) WITH ORDINALITY AS k (name, number, place)
            JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = k.number),
        (SELECT format('%I.%s(%s)', n.nspname, CASE WHEN v.dimension <= 2000 THEN 'vector' ELSE 'halfvec' END,
            v.dimension)
            FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'));
    EXECUTE format('CREATE INDEX ON %s (%s, seq)', place, keys);
    EXECUTE format('CREATE INDEX ON %s (hash)', place);
    EXECUTE format('CREATE INDEX ON %s USING gin (words)', place);
    v.vectors := place::regclass;
    PERFORM llm_data.guard(v);
    PERFORM llm_private.belong('table', (SELECT c.relname FROM pg_class c WHERE c.oid = v.vectors), true);
    PERFORM llm_private.belong('function', 'rows_of_' || v.id, true);
    RETURN v.vectors;
END
$$;

-- Who sees which vectors: the owner of the source all of them, everybody else those of the rows that they see.
-- The source is named in the text of a function, not in the policy: so it can be dropped and renamed as if there were
-- no vectorizer. It is asked for the embedded columns too, and so for the right to read them.
CREATE OR REPLACE FUNCTION llm_data.guard(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    visible text := format('llm_data.%I()', 'rows_of_' || v.id);
BEGIN
    PERFORM llm_data.name_source(v);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', visible);
    EXECUTE format('GRANT SELECT ON %s TO llm_user', v.vectors);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v.vectors);
    EXECUTE format('CREATE POLICY owner ON %s FOR SELECT TO %I USING (true)', v.vectors, v.owner);
    EXECUTE format('CREATE POLICY others ON %s FOR SELECT USING (EXISTS (SELECT FROM %s r WHERE (%s) = (%s)))',
        v.vectors, visible,
        (SELECT string_agg(format('r.key_%s', n), ', ' ORDER BY n) FROM generate_subscripts(v.key_names, 1) n),
        (SELECT string_agg(format('%s.%I', (SELECT c.relname FROM pg_class c WHERE c.oid = v.vectors), k), ', ' ORDER BY n)
            FROM unnest(v.key_names) WITH ORDINALITY AS k (k, n)));
END
$$;

-- Writes the source's present name into what refers to it by name.
CREATE OR REPLACE FUNCTION llm_data.name_source(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s record := llm_data.source_of(v);
BEGIN
    IF s.keys IS NULL THEN
        RAISE EXCEPTION '%', s.reason USING ERRCODE = 'LM014', HINT = 'No vectorizer can be kept on it as it is.';
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION llm_data.%I() RETURNS TABLE (%s, empty boolean) LANGUAGE sql STABLE '
        'AS %L', 'rows_of_' || v.id,
        (SELECT string_agg(format('key_%s %s', k.place, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY k.place)
            FROM unnest(v.key_columns) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = k.number),
        format('SELECT s.%s, ROW(s.%s) IS NULL FROM %s s', array_to_string(s.keys, ', s.'),
            array_to_string(s.texts, ', s.'), s.source));
    UPDATE llm.vectorizer w SET source_name = v.source::text WHERE w.id = v.id;
END
$$;

-- Queues every row of the source, and every row that there are vectors of.
CREATE OR REPLACE FUNCTION llm_data.fill(vectorizer integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
    s record;
    queued bigint;
BEGIN
    SELECT * INTO v FROM llm.vectorizer w WHERE w.id = fill.vectorizer;
    IF NOT pg_has_role(llm_data.calling_role(), v.owner, 'USAGE')
        AND NOT pg_has_role(llm_data.calling_role(), 'llm_admin', 'USAGE') THEN
        RAISE EXCEPTION 'The vectorizer % is not yours to fill.', v.name USING ERRCODE = 'LM013', HINT = 'Ask its owner.';
    END IF;
    s := llm_data.source_of(v);
    IF s.keys IS NULL THEN
        RAISE EXCEPTION '%', s.reason USING ERRCODE = 'LM014', HINT = 'Drop the vectorizer, and make it anew.';
    END IF;
    EXECUTE format($q$
        INSERT INTO llm.vectorizer_queue (vectorizer, key)
        SELECT $1, jsonb_build_array(s.%s) FROM %s s
        UNION SELECT $1, jsonb_build_array(%s) FROM %s
    $q$, array_to_string(s.keys, ', s.'), s.source,
        (SELECT string_agg(format('%I', k), ', ' ORDER BY n) FROM unnest(v.key_names) WITH ORDINALITY AS k (k, n)),
        v.vectors) USING v.id;
    GET DIAGNOSTICS queued = ROW_COUNT;
    PERFORM pg_notify('llm_vectorizer', '');
    RETURN queued;
END
$$;

-- llm.alter_vectorizer(name, chunking, embedding, index): another model, other chunks or another index, built beside the
-- present vectors, which serve until the new ones are all there. What is not named stays as it is. What the same model
-- has embedded is not embedded again.
CREATE OR REPLACE FUNCTION llm.alter_vectorizer(name text, chunking jsonb DEFAULT NULL, embedding jsonb DEFAULT NULL,
    index jsonb DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
    columns text[] := llm_data.text_columns_of(v);
BEGIN
    PERFORM llm_data.rebuild(name, llm_data.settled(jsonb_build_object(
        'chunking', coalesce(chunking, v.chunking), 'embedding', coalesce(embedding, jsonb_build_object('model', v.model)),
        'index', coalesce(index, v.index - 'failed'), 'columns', columns)));
END
$$;

CREATE OR REPLACE FUNCTION llm_data.text_columns_of(v llm.vectorizer) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(a.attname::text ORDER BY t.place)
    FROM unnest(v.text_columns) WITH ORDINALITY AS t (number, place)
    JOIN pg_attribute a ON a.attrelid = v.source AND a.attnum = t.number AND NOT a.attisdropped
$$;

-- Begins to build a vectorizer with other settings beside the one of that name; one begun before is given up.
CREATE OR REPLACE FUNCTION llm_data.rebuild(name text, settings jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
    begun llm.vectorizer;
BEGIN
    SELECT * INTO begun FROM llm.vectorizer w WHERE w.replaces = v.id;
    IF FOUND THEN
        PERFORM llm_data.erase(begun);
    END IF;
    PERFORM llm_data.fill(llm_data.enter(v.source, llm_data.text_columns_of(v), settings, v.name, v.id));
END
$$;

-- llm.drop_vectorizer(name): its vectors, its queue and its triggers. The table that they were made of stays.
CREATE OR REPLACE FUNCTION llm.drop_vectorizer(name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
    t record;
BEGIN
    -- Taken off where the caller may; elsewhere they find no vectorizer any more, and do nothing.
    FOR t IN SELECT g.tgname, n.nspname, c.relname
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE g.tgrelid = v.source AND g.tgparentid = 0 AND pg_has_role(c.relowner, 'USAGE')
            AND g.tgname IN ('llm_vectorizer_' || v.id, 'llm_vectorizer_' || v.id || '_truncate')
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %I.%I', t.tgname, t.nspname, t.relname);
    END LOOP;
    PERFORM llm_data.erase_named(name);
END
$$;

CREATE OR REPLACE FUNCTION llm_data.erase_named(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
BEGIN
    -- Locked before their tables, and in the order of catch_up: the worker may be about to make an index there.
    PERFORM llm_data.erase(locked.w) FROM (
        SELECT w FROM llm.vectorizer w WHERE w.replaces = v.id OR w.id = v.id ORDER BY w.id DESC FOR UPDATE
    ) locked;
END
$$;

CREATE OR REPLACE FUNCTION llm_data.erase(v llm.vectorizer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM llm.vectorizer_queue q WHERE q.vectorizer = v.id;
    PERFORM llm_private.belong('table', c.relname, false) FROM pg_class c WHERE c.oid = v.vectors;
    PERFORM llm_private.belong('function', p.proname, false) FROM pg_proc p
    WHERE p.proname = 'rows_of_' || v.id AND p.pronamespace = 'llm_data'::regnamespace;
    EXECUTE format('DROP TABLE IF EXISTS llm_data.%I', (SELECT c.relname FROM pg_class c WHERE c.oid = v.vectors));
    EXECUTE format('DROP FUNCTION IF EXISTS llm_data.%I()', 'rows_of_' || v.id);
    DELETE FROM llm.vectorizer w WHERE w.id = v.id;
END
$$;

-- llm.pause_vectorizer(name): changes are noted, and nothing is embedded until it is resumed.
CREATE OR REPLACE FUNCTION llm.pause_vectorizer(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
BEGIN
    UPDATE llm.vectorizer w SET state = 'paused', reason = format('Paused by %s.', llm_data.calling_role())
    WHERE w.id = v.id OR w.replaces = v.id;
END
$$;

-- llm.resume_vectorizer(name): goes on at once, also one that waits for a provider or that had broken down.
CREATE OR REPLACE FUNCTION llm.resume_vectorizer(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
BEGIN
    UPDATE llm.vectorizer w SET state = 'active', reason = NULL, held_until = NULL
    WHERE w.id = v.id OR w.replaces = v.id;
    UPDATE llm.vectorizer_queue q SET not_before = '-infinity' WHERE q.vectorizer = v.id AND q.not_before > now();
    PERFORM pg_notify('llm_vectorizer', '');
END
$$;

-- llm.retry_vectorizer(name) → how many rows: tries again what had failed for good.
CREATE OR REPLACE FUNCTION llm.retry_vectorizer(name text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
    queued bigint;
BEGIN
    WITH failed AS (DELETE FROM llm.vectorizer_error e WHERE e.vectorizer = v.id RETURNING e.key)
    INSERT INTO llm.vectorizer_queue (vectorizer, key) SELECT DISTINCT v.id, failed.key FROM failed;
    GET DIAGNOSTICS queued = ROW_COUNT;
    PERFORM pg_notify('llm_vectorizer', '');
    RETURN queued;
END
$$;

-- llm.refill_vectorizer(name) → how many rows: looks at every row again, and embeds those whose text has changed. For
-- what no trigger sees: a partition that was detached, a load with triggers off.
CREATE OR REPLACE FUNCTION llm.refill_vectorizer(name text) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    SELECT llm_data.fill((llm_data.owned(name)).id)
$$;

-- llm.vectorizer_status(vectorizer): how each vectorizer is, or one; those on tables that the caller may read.
--   state      filling | in step | behind | waiting (until `held_until`) | paused | broken; `reason` says why
--   pending    changes that wait, `in_hand` that are being embedded, `failed` that were given up (llm.vectorizer_errors)
--   behind_for age of the oldest change that waits
--   building   for one whose next vectors are built beside: changes that they still lack
CREATE OR REPLACE FUNCTION llm.vectorizer_status(vectorizer text DEFAULT NULL)
RETURNS TABLE (name text, source text, columns text[], state text, reason text, held_until timestamptz,
    pending bigint, in_hand bigint, failed bigint, behind_for interval, chunks bigint, model text, dimension integer,
    index text, vectors text, chunking jsonb, building bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    who constant name := llm_data.calling_role();
    v llm.vectorizer;
    s record;
BEGIN
    FOR v IN SELECT * FROM llm.vectorizer w
        WHERE w.replaces IS NULL AND w.name = coalesce(vectorizer_status.vectorizer, w.name) ORDER BY w.name
    LOOP
        s := llm_data.source_of(v);
        CONTINUE WHEN NOT pg_has_role(who, 'llm_admin', 'USAGE') AND NOT pg_has_role(who, v.owner, 'USAGE')
            AND (s.source IS NULL OR NOT has_any_column_privilege(who, v.source, 'SELECT'));
        -- By its name, which what takes its place takes over: it may change places while we look.
        RETURN QUERY EXECUTE format($q$
            SELECT $1, $2, $3,
                CASE WHEN $4 <> 'active' THEN $4 WHEN $9 IS NOT NULL THEN 'broken' WHEN $5 > now() THEN 'waiting'
                    WHEN q.pending + q.in_hand = 0 THEN 'in step' WHEN $6 THEN 'behind' ELSE 'filling' END,
                coalesce($9, $7, 'No index could be built, and search compares all vectors: ' || $14), CASE WHEN $5 > now() THEN $5 END, q.pending, q.in_hand,
                (SELECT count(*) FROM llm.vectorizer_error e WHERE e.vectorizer = $8), q.behind_for,
                (SELECT count(*) FROM llm_data.%1$I), $10, $11,
                coalesce((SELECT m.amname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                    JOIN pg_am m ON m.oid = c.relam
                    WHERE i.indrelid = 'llm_data.%1$I'::regclass AND m.amname IN ('hnsw', 'ivfflat')), 'exact'),
                $12, $13, b.pending
            FROM (SELECT count(*) FILTER (WHERE claim IS NULL) AS pending, count(claim) AS in_hand,
                    date_trunc('second', now() - min(at)) AS behind_for
                FROM llm.vectorizer_queue WHERE vectorizer = $8) q
            LEFT JOIN LATERAL (SELECT (SELECT count(*) FROM llm.vectorizer_queue q WHERE q.vectorizer = n.id) AS pending
                FROM llm.vectorizer n WHERE n.replaces = $8) b ON true
        $q$, v.name)
        USING v.name, coalesce(s.source, v.source_name), coalesce(llm_data.text_columns_of(v), '{}'), v.state,
            v.held_until, v.filled, v.reason, v.id, s.reason, v.model, v.dimension, format('llm_data.%I', v.name),
            v.chunking, v.index ->> 'failed';
    END LOOP;
END
$$;

-- llm.vectorizer_errors(name): which rows could not be embedded, and why.
CREATE OR REPLACE FUNCTION llm.vectorizer_errors(name text)
RETURNS TABLE (key jsonb, code text, message text, attempts integer, at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.owned(name);
BEGIN
    RETURN QUERY SELECT e.key, e.code, e.message, e.attempts, e.at
        FROM llm.vectorizer_error e WHERE e.vectorizer = v.id ORDER BY e.id;
END
$$;
