-- Blocks that recur: the series that one is an occurrence of. How it recurs is in no row; every occurrence stands by itself.
ALTER TABLE block ADD COLUMN series_id uuid;
CREATE INDEX block_series ON block (series_id, starts_at, id) WHERE series_id IS NOT NULL;
