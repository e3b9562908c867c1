//! The service: what is done once per process and not per request. It is Envoy's `WasmService` bootstrap extension, as a
//! singleton on the main thread; the filters see what it does through shared data, so it has their `vm_config`.
//!
//! Today it keeps access tokens: fetched before the first request, so that none waits, and with credentials that no
//! filter needs to hold.

use crate::chat::ApiError;
use crate::config::{Errors, Name, Node, choice, settings};
use crate::host::{CallId, Exchange, Flow, Host, Level, Plugin};
use crate::http::{Headers, Reply};
use crate::token::{
    AzureEntra, GoogleMetadata, GoogleServiceAccount, Issuer, Keeper, Keepers, OauthClient, named_place,
};

settings! {
    /// What the service does.
    pub struct ServiceConfig {
        /// The access tokens it keeps, for `"auth": {"token": {"name": ...}}` of the providers.
        pub tokens: Vec<TokenConfig> = Vec::new(),
    }
    check = ServiceConfig::names_are_unique;
}

settings! {
    /// An access token to keep.
    pub struct TokenConfig {
        /// What providers call it.
        pub name: Name,
        /// Who gives it, and for what.
        pub from: TokenSource,
    }
}

choice! {
    /// Who gives an access token.
    pub enum TokenSource {
        /// Google, to a service account.
        "google_service_account" => GoogleServiceAccount(GoogleServiceAccount),
        /// Google's metadata server, to the machine.
        "google_metadata" => GoogleMetadata(GoogleMetadata),
        /// Microsoft Entra, to an application.
        "azure_entra" => AzureEntra(AzureEntra),
        /// Another OAuth 2.0 server.
        "oauth_client" => OauthClient(OauthClient),
    }
}

impl ServiceConfig {
    fn names_are_unique(&self, node: Node<'_>, errors: &mut Errors) {
        errors.refuse_repeats(node.key("tokens"), "name", self.tokens.iter().map(|token| token.name.as_str()));
    }
}

impl TokenSource {
    fn issuer(&self, host: &dyn Host, errors: &mut Errors) -> Option<Issuer> {
        match self {
            Self::GoogleServiceAccount(account) => account.issuer(host, errors),
            Self::GoogleMetadata(machine) => Some(machine.issuer()),
            Self::AzureEntra(application) => application.issuer(host, errors),
            Self::OauthClient(client) => client.issuer(host, errors),
        }
    }
}

/// The service of one process.
pub struct ServicePlugin {
    tokens: Keepers,
}

impl ServicePlugin {
    /// Fetches the credentials, and begins.
    pub fn new(config: &ServiceConfig, host: &dyn Host, errors: &mut Errors) -> Self {
        let keeper = |token: &TokenConfig, errors: &mut Errors| {
            let (issuer, name) = (token.from.issuer(host, errors)?, token.name.as_str());
            Some(Keeper::new(issuer, named_place(name), format!("token {name}"), host))
        };
        let keepers = config.tokens.iter().filter_map(|token| keeper(token, errors)).collect();
        Self { tokens: Keepers::new(keepers, host) }
    }
}

impl Plugin for ServicePlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(Misplaced)
    }

    fn on_tick(&self, host: &dyn Host) {
        self.tokens.on_tick(host);
    }

    fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.tokens.on_call_reply(host, call, headers, body);
    }
}

/// A request that reached the service, which then stands among the filters and lets nothing pass.
struct Misplaced;

impl Exchange for Misplaced {
    fn on_request_headers(&mut self, host: &dyn Host, _end: bool) -> Flow {
        host.log(Level::Error, "this configuration is for a WasmService in bootstrap_extensions, not for a filter");
        let _ = host.reply(&self.internal_error());
        Flow::Pause
    }

    fn on_request_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Pause
    }

    fn on_response_headers(&mut self, _host: &dyn Host, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_response_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Continue
    }

    fn internal_error(&self) -> Reply {
        let error = ApiError::internal();
        let headers = [("content-type", "application/json"), ("x-postern-error-source", error.source.name())];
        let body = crate::format::find("openai_chat").map(|format| format.write_error(&error)).unwrap_or_default();
        Reply { status: error.status, headers: headers.into_iter().collect(), body }
    }
}
