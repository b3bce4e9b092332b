-- A job that a user wants done again and again: pull tracks from sources, shuffle, or both.
CREATE TABLE schedules (
    id                   bigint      GENERATED ALWAYS AS IDENTITY,
    user_id              bigint      NOT NULL,
    job_type             text        NOT NULL,
    target_playlist_id   text        NOT NULL,
    target_playlist_name text        NOT NULL DEFAULT '',
    source_playlist_ids  jsonb       NOT NULL DEFAULT '[]',
    algorithm_name       text,
    algorithm_params     jsonb       NOT NULL DEFAULT '{}',
    schedule_type        text        NOT NULL DEFAULT 'interval',
    schedule_value       text        NOT NULL DEFAULT 'daily', -- 'daily', or a cron expression
    time_zone            text        NOT NULL DEFAULT 'UTC',
    is_enabled           boolean     NOT NULL DEFAULT true,
    next_run_at          timestamptz,
    last_run_at          timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schedules_pkey PRIMARY KEY (id),
    CONSTRAINT schedules_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT schedules_job_type_check CHECK (job_type IN ('pull', 'shuffle', 'pull_and_shuffle')),
    CONSTRAINT schedules_target_playlist_id_check CHECK (target_playlist_id <> ''),
    CONSTRAINT schedules_source_playlist_ids_check
        CHECK (jsonb_typeof(source_playlist_ids) = 'array'),
    CONSTRAINT schedules_algorithm_params_check CHECK (jsonb_typeof(algorithm_params) = 'object'),
    CONSTRAINT schedules_algorithm_name_check
        CHECK (job_type = 'pull' OR coalesce(algorithm_name, '') <> ''),
    CONSTRAINT schedules_schedule_type_check CHECK (schedule_type IN ('interval', 'cron')),
    CONSTRAINT schedules_schedule_value_check CHECK (schedule_value <> '')
);

CREATE INDEX schedules_user_id_idx ON schedules (user_id);
-- What the scheduler asks each time it wakes up.
CREATE INDEX schedules_next_run_at_idx ON schedules (next_run_at) WHERE is_enabled;

CREATE TRIGGER schedules_set_updated_at
    BEFORE UPDATE ON schedules
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();
