-- Questions in people's words, and what makes their answers better.

CREATE OR REPLACE FUNCTION llm.text2sql(question text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('text2sql', pg_catalog.json_build_object('question', question, 'options', options));
COMMENT ON FUNCTION llm.text2sql(text, jsonb) IS
'SQL that answers a question: {"sql", "explanation", "agreement", "candidates", "tables", "learned", "request_id"}. It
is not run. `options`: model; candidates (1 to 9: several are written and run, and the one that most agree with by its
rows is taken; `agreement` says how many); repairs; values (false: no value of the data is shown to the model); learned
(false: nothing that was learned is); rows; timeout_s.
It is written about what the caller may read. Costs: a prompt with the description of the tables, for each candidate.
Errors: LM015 when the question is open, with a question back as detail; LM010 when no statement works; as llm.chat.';

CREATE OR REPLACE FUNCTION llm.ask(question text, options jsonb DEFAULT '{}') RETURNS SETOF jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT r.row FROM pg_catalog.jsonb_array_elements(llm_private.call('ask', pg_catalog.json_build_object(
        'question', question, 'options', options)) -> 'rows') AS r (row);
END;
COMMENT ON FUNCTION llm.ask(text, jsonb) IS
'The rows that answer a question, each as an object. The SQL is written as by llm.text2sql, let through by a guard, and
run by a reader that only reads what the caller may read; changes of this transaction are not seen by it.
Errors: as llm.text2sql; LM016 when the SQL is refused; LM017 when it takes too long.';

CREATE OR REPLACE FUNCTION llm.learn(question text, sql text) RETURNS integer
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN llm_private.learn('example', question, sql);
END
$$;
COMMENT ON FUNCTION llm.learn(text, text) IS
'Teach a question with the SQL that answers it; the most alike are shown to the model with each question. For members of
llm_admin. The statement must pass the guard for the caller, and be planned. Gives its number. Errors: LM013, LM014.';

CREATE OR REPLACE FUNCTION llm.learn_fact(fact text) RETURNS integer
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN llm_private.learn('fact', fact, NULL);
END
$$;
COMMENT ON FUNCTION llm.learn_fact(text) IS
'Teach something about the data, as “a customer is active who ordered in the last 90 days”. For members of llm_admin.';

CREATE OR REPLACE FUNCTION llm_private.learn(kind text, said text, sql text) RETURNS integer
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known constant jsonb := llm_private.call('learn', json_build_object('said', said, 'sql', sql));
    number integer;
BEGIN
    INSERT INTO llm.learned AS l (kind, said, sql, model, digest, embedding)
    SELECT learn.kind, learn.said, learn.sql, known ->> 'model', known ->> 'digest', array_agg(e.value::real ORDER BY e.n)
    FROM jsonb_array_elements_text(known -> 'embedding') WITH ORDINALITY AS e (value, n)
    ON CONFLICT ON CONSTRAINT learned_kind_said_key DO UPDATE
        SET sql = excluded.sql, model = excluded.model, digest = excluded.digest, embedding = excluded.embedding,
            learned_by = current_user, at = now()
    RETURNING l.id INTO number;
    RETURN number;
END
$$;
COMMENT ON FUNCTION llm_private.learn(text, text, text) IS 'Keep an example or a fact; one that is known is renewed.';

CREATE OR REPLACE FUNCTION llm.learned()
    RETURNS TABLE (id integer, kind text, said text, sql text, learned_by name, at timestamptz)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT l.id, l.kind, l.said, l.sql, l.learned_by, l.at FROM llm.learned l ORDER BY l.id;
END;
COMMENT ON FUNCTION llm.learned() IS 'The examples and facts that this database was taught.';

CREATE OR REPLACE FUNCTION llm.forget(id integer) RETURNS boolean
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    WITH gone AS (DELETE FROM llm.learned l WHERE l.id = forget.id RETURNING l.id)
    SELECT EXISTS (SELECT FROM gone);
END;
COMMENT ON FUNCTION llm.forget(integer) IS 'Forget an example or a fact; whether there was one. For members of llm_admin.';

CREATE OR REPLACE FUNCTION llm.allow_function(function regprocedure) RETURNS void
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO llm.allowed_function (function) VALUES (function) ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION llm.allow_function(regprocedure) IS
'Let generated SQL call a function of one''s own; for members of llm_admin. It runs with the reader''s rights, or its
owner''s where it is SECURITY DEFINER: allow only what may be called with any arguments.';

CREATE OR REPLACE FUNCTION llm.disallow_function(function regprocedure) RETURNS void
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    DELETE FROM llm.allowed_function a WHERE a.function = disallow_function.function;
END;
COMMENT ON FUNCTION llm.disallow_function(regprocedure) IS 'Let generated SQL call a function no more.';
