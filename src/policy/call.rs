//! Questions to somebody outside: what a stage wants to know before an exchange goes on, or before its answer does. The
//! stage says what to send where; whoever runs the exchange sends it, waits, and hands the reply back.

use crate::chat::ApiError;
use crate::host::Host;
use crate::http::Headers;

use super::Notes;

/// A question, to be sent to a cluster of Envoy's.
pub struct Question {
    /// The cluster.
    pub cluster: String,
    /// `:method`, `:path`, `:authority` and the rest.
    pub headers: Headers,
    /// What is sent.
    pub body: Vec<u8>,
    /// How long the reply may take.
    pub timeout_ms: u32,
    /// What waits for the reply.
    pub holds: Holding,
    /// Who understands it.
    pub asker: Box<dyn Asker>,
}

/// What waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The request.
    Request,
    /// Its answer: the request goes on at once.
    Answer,
    /// Its answer, which has come to its end and of which the client has nothing yet.
    WholeAnswer,
}

/// Understands the reply to a question.
pub trait Asker {
    /// The reply; a failed call is a reply as well, its status 0 (it could not be sent), 503 or 504. What is noted goes the
    /// way of what the stages noted, but edits only where the request has waited. An error is the client's answer.
    fn on_reply(self: Box<Self>, host: &dyn Host, status: u16, body: &[u8], notes: &mut Notes) -> Result<(), ApiError>;
}
