//! Rows of requests, both directions.
