//! What OpenAI's two chat formats, Chat Completions and Responses, have in common: errors, usage, media, the words for how
//! much to think, and the tables of what is text.

mod effort;
pub(super) mod error;
pub(super) mod gpt;
mod media;
mod place;
pub(super) mod usage;

pub(super) use effort::{EFFORTS, effort_word};
pub(super) use media::{audio_format, read_audio, read_file_data, read_url, write_data_url};
pub(super) use place::{Row, base64, below, in_schema, json, look_up, opaque, text, url};
