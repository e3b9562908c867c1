//! Questions that policies have for somebody outside: sent, waited for, and what the replies mean for the exchange. The
//! request waits for some, its answer for others.

use super::{Gateway, Refusal, State};
use crate::chat::ApiError;
use crate::handover::Order;
use crate::host::{CallId, Exchange, Flow, Host, Side};
use crate::http::Headers;
use crate::policy::call::{Asker, Holding, Question};
use crate::policy::{AnswerStages, Notes};
use crate::wire::json::Edits;

/// What an exchange has asked, and what waits for it.
#[derive(Default)]
pub(super) struct Asking {
    open: Vec<Open>,
    /// The request that waits.
    request: Option<(Order, Edits)>,
    /// The answer that waits: its headers were the end of it; bytes of its body, and whether that was their end.
    answer: Option<(bool, Option<(usize, bool)>)>,
    /// The answer that did not yet come is not to pass.
    denied: Option<ApiError>,
}

struct Open {
    call: CallId,
    holds: Holding,
    asker: Box<dyn Asker>,
}

impl Asking {
    fn waits(&self, holds: Holding) -> bool {
        self.open.iter().any(|open| open.holds == holds)
    }

    /// Whether the request waits.
    pub fn holds_request(&self) -> bool {
        self.request.is_some()
    }
}

impl Gateway {
    /// Sends the questions; then the request, unless it has to wait.
    pub(super) fn send_after(
        &mut self,
        host: &dyn Host,
        questions: Vec<Question>,
        order: Order,
        edits: Edits,
        body: &[u8],
    ) -> Result<(), ApiError> {
        let mut notes = Notes::default();
        notes.edits = edits;
        self.put(host, questions, &mut notes)?;
        if self.asking.waits(Holding::Request) {
            self.asking.request = Some((order, notes.edits));
            return Ok(());
        }
        self.give(host, order, notes.edits, body)
    }

    /// Sends questions; one that cannot be sent has its reply at once.
    fn put(&mut self, host: &dyn Host, questions: Vec<Question>, notes: &mut Notes) -> Result<(), ApiError> {
        for question in questions {
            let Question { cluster, headers, body, timeout_ms, holds, asker } = question;
            let asked = match host.call(&cluster, &headers, &body, timeout_ms) {
                Ok(call) => {
                    self.asking.open.push(Open { call, holds, asker });
                    Ok(())
                }
                Err(_) => asker.on_reply(host, 0, &[], notes),
            };
            self.hear(notes);
            asked?;
        }
        Ok(())
    }

    /// Asks those who judge the whole answer. Gives whether it has to wait for them.
    pub(super) fn ask_judges(&mut self, host: &dyn Host, stages: &mut AnswerStages) -> Result<bool, ApiError> {
        let mut notes = Notes::default();
        let mut asked = stages.ask(host, &mut notes);
        if asked.is_ok() {
            let questions = std::mem::take(&mut notes.questions);
            asked = self.put(host, questions, &mut notes);
        }
        if asked.is_err() {
            // What the others say does not matter any more.
            self.asking.open.retain(|open| open.holds != Holding::WholeAnswer);
        }
        self.tell_client(host, &notes);
        self.hear(&mut notes);
        asked.map(|()| self.asking.waits(Holding::WholeAnswer))
    }

    /// What a judge has noted for the client goes into headers that are held.
    fn tell_client(&self, host: &dyn Host, notes: &Notes) {
        for (name, value) in notes.answer_headers.iter() {
            let _ = host.set_header(Side::Response, name, std::str::from_utf8(value).unwrap_or_default());
        }
    }

    fn give(&mut self, host: &dyn Host, order: Order, edits: Edits, body: &[u8]) -> Result<(), ApiError> {
        let given = if self.raw.is_some() {
            self.hand_over_raw(host, order, edits, body)
        } else {
            self.hand_over(host, order, edits, body)
        };
        given.map_err(|error| Refusal::from_host(host, error))
    }

    /// Keeps what an asker has noted.
    fn hear(&mut self, notes: &mut Notes) {
        self.facts.findings.append(&mut notes.findings);
        for (name, value) in std::mem::take(&mut notes.answer_headers).iter() {
            self.answer_headers.set(name, std::str::from_utf8(value).unwrap_or_default());
        }
    }

    /// A reply.
    pub(super) fn hear_reply(&mut self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        let Some(place) = self.asking.open.iter().position(|open| open.call == call) else { return };
        let Open { holds, asker, .. } = self.asking.open.remove(place);
        let status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        let mut notes = Notes::default();
        if let Some((_, edits)) = &mut self.asking.request {
            notes.edits = std::mem::take(edits);
        }
        let passed = asker.on_reply(host, status, body, &mut notes);
        if holds == Holding::WholeAnswer {
            self.tell_client(host, &notes);
            self.hear(&mut notes);
            return self.hear_judge(host, passed, self.asking.waits(holds));
        }
        self.hear(&mut notes);
        if let Some((_, edits)) = &mut self.asking.request {
            *edits = notes.edits;
        }
        match (passed, holds) {
            (Err(error), Holding::Answer) if self.asking.answer.is_none() && self.state == State::Sent => {
                self.asking.denied = Some(error);
            }
            (Err(error), _) => {
                self.asking = Asking::default();
                let _ = self.refuse(host, &error);
            }
            (Ok(()), Holding::Request) if !self.asking.waits(Holding::Request) => self.let_request_go(host),
            (Ok(()), Holding::Answer) if !self.asking.waits(Holding::Answer) => self.let_answer_go(host),
            (Ok(()), _) => {}
        }
    }

    fn let_request_go(&mut self, host: &dyn Host) {
        let Some((order, edits)) = self.asking.request.take() else { return };
        // What only passes may have no body that is held.
        let body = host.body(Side::Request).unwrap_or_default();
        let given = self.give(host, order, edits, &body);
        let counted = given.and_then(|()| {
            // A limit that cannot be counted is no limit.
            let counts = self.shared.shared_limits;
            if counts && self.count_ahead(host).is_err() { Err(ApiError::internal()) } else { Ok(()) }
        });
        let gone = counted.and_then(|()| host.resume(Side::Request).map_err(|error| Refusal::from_host(host, error)));
        match gone {
            Ok(()) => self.state = State::Sent,
            Err(error) => {
                let _ = self.refuse(host, &error);
            }
        }
    }

    /// Whether the answer has to wait, or is refused.
    pub(super) fn hold_answer(&mut self, host: &dyn Host, end: bool) -> Option<Flow> {
        if self.state != State::Sent {
            return None;
        }
        if let Some(error) = self.asking.denied.take() {
            return Some(self.refuse(host, &error));
        }
        if !self.asking.waits(Holding::Answer) {
            return None;
        }
        self.asking.answer = Some((end, None));
        Some(Flow::Pause)
    }

    /// Whether more of the answer has to wait.
    pub(super) fn hold_answer_body(&mut self, size: usize, end: bool) -> Option<Flow> {
        let (_, body) = self.asking.answer.as_mut()?;
        *body = Some((size, end));
        Some(Flow::Pause)
    }

    fn let_answer_go(&mut self, host: &dyn Host) {
        let Some((end, body)) = self.asking.answer.take() else { return };
        let mut flow = self.on_response_headers(host, end);
        if let Some((size, end)) = body {
            flow = self.on_response_body(host, size, end);
        }
        if flow == Flow::Continue && host.resume(Side::Response).is_err() {
            let _ = host.reset();
        }
    }
}
