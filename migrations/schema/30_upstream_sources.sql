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
