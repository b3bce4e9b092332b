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
