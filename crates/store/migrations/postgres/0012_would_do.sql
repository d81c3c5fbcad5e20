-- Which resources would have done as well for a booking that left that open, in JSON; NULL where somebody chose the resource.
ALTER TABLE booking ADD COLUMN would_do text;
