-- What vectorizers and search are, for \df+ and the reference.

COMMENT ON FUNCTION llm.create_vectorizer(regclass, text[], jsonb, jsonb, jsonb, text) IS
'Make vectors of the text in some columns of a table, and keep them in step with it from now on. The table has a primary
key and is the caller''s. `chunking`: {"by": "recursive" | "sentences" | "markdown" | "tokens" | "characters" | "none",
"size": 800, "overlap": 100, "context": "{title}"}. `embedding`: {"model": name}, without it the default one for
embeddings. `index`: {"kind": "hnsw" | "ivfflat" | "none", "min_rows": 50000, "m", "ef_construction" of hnsw, "lists" of
ivfflat, "words": a text search configuration}.
Costs: the text of the whole table once, then what changes. Errors: LM012, LM014.';
COMMENT ON FUNCTION llm.alter_vectorizer(text, jsonb, jsonb, jsonb) IS
'Another model, other chunks or another index, built beside the present vectors, which serve until the new ones are all
there. What is not named stays as it is. Costs: with another model the text of the whole table, otherwise the chunks that
are new. Errors: LM012 to LM014.';
COMMENT ON FUNCTION llm.drop_vectorizer(text) IS
'Drop a vectorizer with its vectors, queue and triggers. The table that they were made of stays. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.pause_vectorizer(text) IS
'Note changes and embed nothing until it is resumed. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.resume_vectorizer(text) IS
'Go on at once, also with one that waits for a provider or that had broken down. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.retry_vectorizer(text) IS
'Try again what had failed for good; gives how many rows. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.refill_vectorizer(text) IS
'Look at every row again, and embed those whose text has changed; gives how many rows. For what no trigger sees: a
partition that was detached, a load with triggers off. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.vectorizer_status(text) IS
'How each vectorizer is, or one; those on tables that the caller may read. `state`: filling, in step, behind, waiting
(until `held_until`), paused, broken; `reason` says why. `pending` changes wait, `in_hand` are being embedded, `failed`
were given up; `behind_for` is the age of the oldest that waits.';
COMMENT ON FUNCTION llm.vectorizer_errors(text) IS
'Which rows could not be embedded, and why. Errors: LM013, LM014.';
COMMENT ON FUNCTION llm.search(text, text, integer, jsonb, jsonb) IS
'The chunks of a vectorizer that fit a query best, best first, by vectors and full text. `filter`: {"column": value, …} on
columns of the table: a value it equals, null, a list of which it is one, or {">=": …, "<": …, "!=": …}. `options`:
{"legs": ["vector", "text"], "depth": candidates of each, "rrf_k": 60}. `score` is reciprocal rank fusion.
Costs: one embedding of the query, unless only the text leg is asked. Errors: LM014, and those of llm.embed.';
