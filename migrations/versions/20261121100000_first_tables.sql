-- First tables: users, workshop sessions, upstream sources, schedules, job executions
-- headspace:parent base

-- migrate:up

-- Keeps updated_at true whoever writes; the trigger of each table calls it only when a row changes.
CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

-- Somebody who signed in with an account of the upstream music service.
CREATE TABLE users (
    id                bigint      GENERATED ALWAYS AS IDENTITY,
    upstream_id       text        NOT NULL, -- the account's id there
    display_name      text,
    email             text,
    profile_image_url text,
    refresh_token     bytea,                -- encrypted by the application; scheduled jobs need it
    is_active         boolean     NOT NULL DEFAULT true,
    last_login_at     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_upstream_id_key UNIQUE (upstream_id),
    CONSTRAINT users_upstream_id_check CHECK (upstream_id <> '')
);

CREATE TRIGGER users_set_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();

-- The saved state of one playlist that a user is working on: which tracks, in which order.
CREATE TABLE workshop_sessions (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    user_id       bigint      NOT NULL,
    name          text        NOT NULL,
    playlist_id   text        NOT NULL,
    playlist_name text        NOT NULL DEFAULT '',
    track_uris    jsonb       NOT NULL DEFAULT '[]',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workshop_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT workshop_sessions_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    -- Also the index of the foreign key.
    CONSTRAINT workshop_sessions_user_id_playlist_id_name_key UNIQUE (user_id, playlist_id, name),
    CONSTRAINT workshop_sessions_name_check CHECK (name <> ''),
    CONSTRAINT workshop_sessions_playlist_id_check CHECK (playlist_id <> ''),
    CONSTRAINT workshop_sessions_track_uris_check CHECK (jsonb_typeof(track_uris) = 'array')
);

CREATE TRIGGER workshop_sessions_set_updated_at
    BEFORE UPDATE ON workshop_sessions
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();

-- A playlist whose tracks flow into one of the user's own playlists.
CREATE TABLE upstream_sources (
    id                 bigint      GENERATED ALWAYS AS IDENTITY,
    user_id            bigint      NOT NULL,
    target_playlist_id text        NOT NULL,
    source_playlist_id text        NOT NULL,
    source_type        text        NOT NULL DEFAULT 'external',
    source_name        text,
    source_url         text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT upstream_sources_pkey PRIMARY KEY (id),
    CONSTRAINT upstream_sources_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    -- Also the index of the foreign key, and of "which sources has this playlist".
    CONSTRAINT upstream_sources_user_id_target_source_key
        UNIQUE (user_id, target_playlist_id, source_playlist_id),
    CONSTRAINT upstream_sources_source_type_check CHECK (source_type IN ('own', 'external')),
    CONSTRAINT upstream_sources_playlists_check
        CHECK (target_playlist_id <> '' AND source_playlist_id <> ''
               AND target_playlist_id <> source_playlist_id)
);

CREATE TRIGGER upstream_sources_set_updated_at
    BEFORE UPDATE ON upstream_sources
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();

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

-- One run of a schedule and what became of it.
CREATE TABLE job_executions (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    schedule_id   bigint      NOT NULL,
    status        text        NOT NULL DEFAULT 'running',
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    tracks_added  integer     NOT NULL DEFAULT 0,
    tracks_total  integer,
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_executions_pkey PRIMARY KEY (id),
    CONSTRAINT job_executions_schedule_id_fkey
        FOREIGN KEY (schedule_id) REFERENCES schedules (id) ON DELETE CASCADE,
    CONSTRAINT job_executions_status_check
        CHECK (status IN ('running', 'succeeded', 'failed', 'skipped')),
    CONSTRAINT job_executions_finished_at_check
        CHECK ((status = 'running') = (finished_at IS NULL) AND finished_at >= started_at),
    CONSTRAINT job_executions_tracks_check CHECK (tracks_added >= 0 AND tracks_total >= 0),
    CONSTRAINT job_executions_error_message_check
        CHECK (status <> 'failed' OR error_message IS NOT NULL)
);

-- The latest runs of a schedule; also the index of the foreign key.
CREATE INDEX job_executions_schedule_id_started_at_idx
    ON job_executions (schedule_id, started_at DESC);
-- A schedule never runs twice at once, whatever the scheduler believes.
CREATE UNIQUE INDEX job_executions_one_running_idx ON job_executions (schedule_id)
    WHERE status = 'running';

CREATE TRIGGER job_executions_set_updated_at
    BEFORE UPDATE ON job_executions
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();

-- migrate:down

DROP TABLE job_executions;
DROP TABLE schedules;
DROP TABLE upstream_sources;
DROP TABLE workshop_sessions;
DROP TABLE users;
DROP FUNCTION set_updated_at();
