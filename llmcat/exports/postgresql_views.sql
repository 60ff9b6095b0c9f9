-- Views of the mirror in PostgreSQL. "models" and the rest stand beside them in the same schema.

-- Models in service, without what is deprecated or retired.
CREATE VIEW current_models AS
SELECT * FROM models
WHERE (status IS NULL OR status NOT IN ('deprecated', 'retired'))
    AND (retires_on IS NULL OR retires_on > to_char(now(), 'YYYY-MM-DD'));

-- The plain prices of now, a row a model.
CREATE VIEW current_prices AS
SELECT spec, provider, id, cost_input, cost_output, cost_cache_read, cost_cache_write,
    (3 * cost_input + cost_output) / 4 AS blended
FROM models
WHERE cost_input IS NOT NULL OR cost_output IS NOT NULL;

-- Moves of the plain prices of input and output tokens, the newest first.
CREATE VIEW price_history AS
SELECT at, spec, field, (old #>> '{}')::numeric AS before, (new #>> '{}')::numeric AS after,
    CASE WHEN (old #>> '{}')::numeric > 0
        THEN round((new #>> '{}')::numeric / (old #>> '{}')::numeric - 1, 4) END AS move,
    source
FROM changes
WHERE kind = 'changed' AND field IN ('cost_input', 'cost_output') AND NOT suspect
ORDER BY at DESC, spec, field;

-- Which model gained or lost which capability, the newest first.
CREATE VIEW capability_history AS
SELECT at, spec, replace(replace(field, 'capabilities.', ''), '.supported', '') AS capability,
    CASE WHEN new IN ('true'::jsonb, '1'::jsonb) THEN 'gained' WHEN new IS NULL THEN 'unknown'
        WHEN old IN ('true'::jsonb, '1'::jsonb) THEN 'lost' ELSE 'denied' END AS event,
    backfill, source
FROM changes
WHERE kind = 'changed' AND (
    field LIKE 'capabilities.%.supported' OR field IN (
        'chat', 'streaming', 'tools', 'parallel_tools', 'tool_choice', 'structured_output',
        'json_mode', 'reasoning', 'temperature', 'attachment', 'vision', 'audio_input',
        'video_input', 'pdf_input', 'image_generation', 'audio_output', 'embeddings',
        'prompt_caching', 'web_search', 'computer_use', 'code_execution'
    )
)
ORDER BY at DESC, spec, capability;

-- Models that are deprecated or retired, or will be on a day that is known; the longest gone first.
CREATE VIEW deprecations AS
SELECT spec, name, status, deprecated_on, retires_on, replacement
FROM models
WHERE status IN ('deprecated', 'retired') OR deprecated_on IS NOT NULL OR retires_on IS NOT NULL
ORDER BY coalesce(retires_on, deprecated_on, '9999'), spec;

-- One model at every provider that serves it, the cheapest first.
CREATE VIEW offers AS
SELECT base_model, spec, provider, cost_input, cost_output, limit_context, first_party,
    rank() OVER (PARTITION BY base_model ORDER BY cost_input + cost_output) AS place
FROM models
WHERE base_model IS NOT NULL AND cost_input IS NOT NULL AND cost_output IS NOT NULL;

-- Models in the columns of the design that llmcat grew from; the id follows from the spec.
CREATE VIEW llm_models AS
SELECT md5(spec)::uuid AS id, provider, id AS model_id, name, description,
    limit_context AS context_window, limit_output AS max_output_tokens, extra AS metadata,
    models.capabilities, cost_input AS pricing_input, cost_output AS pricing_output,
    valid_from AS created_at, valid_from AS updated_at,
    CASE WHEN deprecated_on ~ '^\d{4}-\d\d-\d\d$' THEN deprecated_on::timestamp END AS deprecated_at,
    source, provenance AS source_metadata
FROM models
LEFT JOIN model_details USING (spec);

-- Each capability that a model gained or lost, as an array of one; reason says which.
CREATE VIEW llm_model_capabilities_history AS
SELECT md5(spec || at || capability)::uuid AS id, md5(spec)::uuid AS model_id,
    jsonb_build_array(capability) AS capabilities, at AS changed_at, source AS changed_by,
    event AS reason
FROM capability_history;

-- The prices of input and output tokens of every time.
CREATE VIEW llm_pricing_history AS
SELECT md5(spec || valid_from || source)::uuid AS id, md5(spec)::uuid AS model_id,
    max(usd) FILTER (WHERE meter = 'input') AS pricing_input,
    max(usd) FILTER (WHERE meter = 'output') AS pricing_output,
    coalesce(max(effective_from)::date, (valid_from AT TIME ZONE 'UTC')::date) AS effective_date,
    source, valid_from AS changed_at
FROM prices
WHERE mode = 'standard' AND region IS NULL AND hours IS NULL AND min_context = 0
    AND meter IN ('input', 'output')
GROUP BY spec, valid_from, source;

-- What the API of a provider offers.
CREATE VIEW llm_provider_capabilities AS
SELECT md5(id)::uuid AS id, id AS provider,
    ARRAY(SELECT jsonb_array_elements_text(endpoints)) AS endpoints,
    ARRAY(SELECT jsonb_array_elements_text(features)) AS features,
    ARRAY(SELECT jsonb_array_elements_text(authentication)) AS authentication,
    limitations, (SELECT built_at FROM catalog) AS updated_at, provenance ->> '*' AS source
FROM providers;
