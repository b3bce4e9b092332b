Two tables with everything ordinary, from nothing.
-- A
-- B
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    age integer DEFAULT 18 CHECK (age > 0),
    created timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_created_idx ON users (created DESC);
COMMENT ON TABLE users IS 'People''s accounts';
COMMENT ON COLUMN users.email IS 'unique';
CREATE TABLE posts (
    id serial PRIMARY KEY,
    author bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    title varchar(100),
    slug text GENERATED ALWAYS AS (lower(title)) STORED
);
CREATE INDEX ON posts (author);
-- UP
CREATE SEQUENCE public.posts_id_seq AS integer;
CREATE TABLE public.posts (
    id integer DEFAULT nextval('public.posts_id_seq'::regclass) NOT NULL,
    author bigint NOT NULL,
    title character varying(100),
    slug text GENERATED ALWAYS AS (lower((title)::text)) STORED,
    CONSTRAINT posts_pkey PRIMARY KEY (id)
);
CREATE INDEX posts_author_idx ON public.posts USING btree (author);
CREATE TABLE public.users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    email text NOT NULL,
    age integer DEFAULT 18,
    created timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_age_check CHECK ((age > 0))
);
CREATE INDEX users_created_idx ON public.users USING btree (created DESC);
COMMENT ON TABLE public.users IS 'People''s accounts';
COMMENT ON COLUMN public.users.email IS 'unique';
ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.id;
ALTER TABLE public.posts ADD CONSTRAINT posts_author_fkey FOREIGN KEY (author) REFERENCES public.users(id) ON DELETE CASCADE;
-- DOWN
-- DESTRUCTIVE: all rows of public.posts are lost
DROP TABLE public.posts;
-- DESTRUCTIVE: all rows of public.users are lost
DROP TABLE public.users;
