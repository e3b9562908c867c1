//! What clients may call: one row per path. The path alone tells the client's format and what it wants.

use crate::format::{self, Format};

/// What an exchange does; OpenTelemetry's `gen_ai.operation.name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A chat turn.
    Chat,
    /// Texts to vectors.
    Embeddings,
    /// How many tokens a chat request has; Anthropic only.
    CountTokens,
    /// The models the caller may use; answered here.
    Models,
    /// Whether the filter is alive; answered here, to anybody.
    Health,
}

impl Operation {
    /// Every operation, for reading names back.
    pub const ALL: [Operation; 5] =
        [Operation::Chat, Operation::Embeddings, Operation::CountTokens, Operation::Models, Operation::Health];

    /// Its name in metrics, records and the hand-over.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Chat => "chat",
            Operation::Embeddings => "embeddings",
            Operation::CountTokens => "count_tokens",
            Operation::Models => "models",
            Operation::Health => "health",
        }
    }
}

/// One path a client may call.
pub struct Surface {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// The path without the query. A trailing `*` takes one more segment.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// The client's format, for the answer and for errors.
    pub format: &'static str,
}

/// Every path there is.
pub static SURFACES: &[Surface] = &[
    Surface { method: "POST", path: "/v1/chat/completions", operation: Operation::Chat, format: "openai_chat" },
    Surface { method: "POST", path: "/v1/messages", operation: Operation::Chat, format: "anthropic_messages" },
    Surface {
        method: "POST",
        path: "/v1/messages/count_tokens",
        operation: Operation::CountTokens,
        format: "anthropic_messages",
    },
    Surface { method: "POST", path: "/v1/embeddings", operation: Operation::Embeddings, format: "openai_chat" },
    Surface { method: "GET", path: "/v1/models", operation: Operation::Models, format: "openai_chat" },
    Surface { method: "GET", path: "/v1/models/*", operation: Operation::Models, format: "openai_chat" },
    Surface { method: "GET", path: "/postern/health", operation: Operation::Health, format: "openai_chat" },
];

/// What a path and method ask for.
pub enum Lookup {
    /// This surface; for a `*` path, what stood there.
    Found(&'static Surface, String),
    /// The path is known, by another method only.
    WrongMethod(&'static Surface),
    /// No such path.
    Unknown,
}

/// Finds the surface of a request.
pub fn find(method: &str, path: &str) -> Lookup {
    let path = path.split('?').next().unwrap_or(path);
    let mut wrong_method = None;
    for surface in SURFACES {
        let rest = match surface.path.strip_suffix('*') {
            Some(prefix) => path.strip_prefix(prefix).filter(|rest| !rest.is_empty()),
            None => (path == surface.path).then_some(""),
        };
        match rest {
            Some(rest) if surface.method == method => return Lookup::Found(surface, rest.to_owned()),
            Some(_) => wrong_method = Some(surface),
            None => {}
        }
    }
    wrong_method.map_or(Lookup::Unknown, Lookup::WrongMethod)
}

/// The format a client speaks where the path does not tell (an unknown path, `/v1/models`): Anthropic's clients send
/// `anthropic-version` with every request.
pub fn dialect(headers: &crate::http::Headers, path_format: &str) -> Option<&'static dyn Format> {
    let anthropic = headers.get("anthropic-version").is_some();
    format::find(if anthropic { "anthropic_messages" } else { path_format })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_known_format() {
        for surface in SURFACES {
            assert!(format::find(surface.format).is_some(), "{}", surface.path);
        }
    }

    #[test]
    fn paths_are_found_with_query_and_refused_by_method() {
        let found = |method, path| match find(method, path) {
            Lookup::Found(surface, rest) => format!("{} {rest}", surface.operation.name()),
            Lookup::WrongMethod(surface) => format!("not {method} but {}", surface.method),
            Lookup::Unknown => "unknown".to_owned(),
        };
        assert_eq!(found("POST", "/v1/messages?beta=true"), "chat ");
        assert_eq!(found("POST", "/v1/messages/count_tokens"), "count_tokens ");
        assert_eq!(found("GET", "/v1/models/org/name"), "models org/name");
        assert_eq!(found("GET", "/v1/models/"), "unknown");
        assert_eq!(found("GET", "/v1/chat/completions"), "not GET but POST");
        assert_eq!(found("POST", "/v1/nothing"), "unknown");
    }
}
