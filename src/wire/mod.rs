//! Bytes and frames: how a message is cut out of a stream of bytes, and how it is put back, with no idea what it means.

mod crc32;
mod cutter;
pub mod event_stream;
pub mod frame;
pub mod hmac;
pub mod json;
mod json_array;
pub mod multipart;
mod ndjson;
mod scan;
pub mod shallow;
pub mod sse;
pub mod watch;
pub mod websocket;
