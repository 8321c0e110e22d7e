"""The languages that the pages speak: their catalogs, which one a reader gets, and dates in each one's way."""
