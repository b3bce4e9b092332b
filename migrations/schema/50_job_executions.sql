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
