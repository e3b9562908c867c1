//! What callers are told of themselves: their models, what they have used, what is left.

use super::{Gateway, json_reply, unknown_model};
use crate::chat::ApiError;
use crate::format::Format;
use crate::host::Host;
use crate::http::Reply;
use crate::models::Dialect;
use crate::policy::{Shown, Tagged};
use crate::surface::Operation;
use crate::tenant::Caller;
use crate::wire::json::Writer;

impl Gateway {
    pub(super) fn models(&self, caller: &Caller, model: &str) -> Result<Reply, ApiError> {
        let dialect = Dialect::of(self.format.map_or("", Format::name));
        if model.is_empty() {
            return Ok(json_reply(self.shared.models.list(caller, dialect, &self.shared.prices)));
        }
        let body = self.shared.models.one(caller, model, dialect, &self.shared.prices);
        body.map(json_reply).ok_or_else(|| unknown_model(model))
    }

    /// What a caller has used, or may still use, of every limit and budget that binds it.
    pub(super) fn own_numbers(&self, host: &dyn Host, caller: &Caller, operation: Operation) -> Reply {
        let mut shown = Vec::new();
        let tag = Tagged { tags: &self.facts.tags, declared: &self.shared.declared_tags };
        self.shared.stages.iter().for_each(|stage| stage.standings(host, caller, tag, &mut shown));
        let mut json = Writer::with_capacity(512);
        json.open().key("tenant").string(&self.facts.tenant).key("key").string(&self.facts.key);
        json.key(operation.name()).open_array();
        for Shown { who, standing, enforced } in shown {
            json.open().key("who").string(&who).key("of").string(standing.of.name());
            if let Some(per) = standing.per {
                json.key("per").string(per.word());
            }
            json.key("used").number(standing.used).key("held").number(standing.held);
            if operation == Operation::Limits {
                json.key("limit").number(standing.limit).key("remaining").number(standing.remaining());
                json.key("enforced").bool(enforced);
            }
            json.key("reset_secs").number(standing.reset_ms.div_ceil(1_000)).close();
        }
        json.close_array().close();
        json_reply(json.out)
    }
}
