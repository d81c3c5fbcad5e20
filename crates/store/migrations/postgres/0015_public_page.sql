-- The page of a site on which the public books, without an account. What it says is JSON; only whether there is one has to be asked here.
CREATE TABLE public_page (
    site_id    uuid        NOT NULL PRIMARY KEY REFERENCES site (id),
    is_open    boolean     NOT NULL,
    said       text        NOT NULL,
    version    bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What is held by people without an account while they fill a form, by address, so that nobody holds everything. A row is good for
-- nothing after its time.
CREATE TABLE public_hold (
    booking_id uuid        NOT NULL PRIMARY KEY,
    address    text        NOT NULL,
    until_at   timestamptz NOT NULL
);
CREATE INDEX public_hold_address ON public_hold (address, until_at);
CREATE INDEX public_hold_until ON public_hold (until_at);
