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
