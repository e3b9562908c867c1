//! Bodies that are never translated: what the gateway has to know of them is where the model stands and what is text.

use super::openai::{Row, look_up, opaque, url};
use super::{Step, TextKind};

/// One kind of such bodies.
pub struct Plain {
    /// Its name in the tables of surfaces and presets.
    pub name: &'static str,
    rows: &'static [Row],
}

/// What is known.
pub static PLAIN: &[Plain] = &[
    Plain {
        name: "openai_images",
        rows: &[
            opaque(&["model"]),
            opaque(&["size"]),
            opaque(&["quality"]),
            opaque(&["background"]),
            opaque(&["moderation"]),
            opaque(&["output_format"]),
            opaque(&["response_format"]),
            opaque(&["style"]),
            url(&["images", "[]", "image_url"]),
            url(&["mask", "image_url"]),
            // Of a form a list's name is its field's.
            opaque(&["image_url"]),
        ],
    },
    Plain {
        name: "openai_audio",
        rows: &[
            opaque(&["model"]),
            opaque(&["voice"]),
            opaque(&["voice", "id"]),
            opaque(&["response_format"]),
            opaque(&["stream_format"]),
            opaque(&["language"]),
            opaque(&["timestamp_granularities[]"]),
            opaque(&["include[]"]),
        ],
    },
    Plain {
        name: "openai_moderations",
        rows: &[opaque(&["model"]), opaque(&["input", "[]", "type"]), url(&["input", "[]", "image_url", "url"])],
    },
    // Of a body that nobody here knows every string is text.
    Plain { name: "raw", rows: &[] },
];

/// What has that name.
pub fn find(name: &str) -> Option<&'static Plain> {
    PLAIN.iter().find(|plain| plain.name == name)
}

impl Plain {
    /// Whether the string at a path is text that a policy may look at and change.
    pub fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        look_up(self.rows, path)
    }
}
