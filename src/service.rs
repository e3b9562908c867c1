//! The service: what is done once per process and not per request. It is Envoy's `WasmService` bootstrap extension, as a
//! singleton on the main thread; the filters see what it does through shared data, so it has their `vm_config`.
//!
//! It keeps access tokens: fetched before the first request, so that none waits, and with credentials that no filter needs
//! to hold. And it tells a webhook of the thresholds of budgets that were passed.

use crate::chat::ApiError;
use crate::config::{Errors, Name, Node, choice, settings};
use crate::host::{CallId, Exchange, Flow, Host, Level, Plugin};
use crate::http::{Headers, Reply};
use crate::token::{
    AzureEntra, GoogleMetadata, GoogleServiceAccount, Issuer, Keeper, Keepers, OauthClient, named_place,
};
use crate::webhook::{Webhook, WebhookConfig};

settings! {
    /// What the service does.
    pub struct ServiceConfig {
        /// The access tokens it keeps, for `"auth": {"token": {"name": ...}}` of the providers.
        pub tokens: Vec<TokenConfig> = Vec::new(),
        /// Who is told when a threshold of a budget is passed.
        pub alerts: Option<WebhookConfig>,
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
    alerts: Option<Webhook>,
}

impl ServicePlugin {
    /// Fetches the credentials, and begins.
    pub fn new(config: &ServiceConfig, host: &dyn Host, errors: &mut Errors) -> Self {
        let keeper = |token: &TokenConfig, errors: &mut Errors| {
            let (issuer, name) = (token.from.issuer(host, errors)?, token.name.as_str());
            Some(Keeper::new(issuer, named_place(name), format!("token {name}"), host))
        };
        let keepers = config.tokens.iter().filter_map(|token| keeper(token, errors)).collect();
        let tokens = Keepers::new(keepers, host);
        // Its ticks are enough for both.
        let alerts = config.alerts.as_ref().and_then(|webhook| Webhook::new(webhook, host, errors));
        Self { tokens, alerts }
    }
}

impl Plugin for ServicePlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(Misplaced)
    }

    fn on_tick(&self, host: &dyn Host) {
        self.tokens.on_tick(host);
        self.alerts.iter().for_each(|webhook| webhook.on_tick(host));
    }

    fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.tokens.on_call_reply(host, call, headers, body);
        self.alerts.iter().for_each(|webhook| webhook.on_call_reply(host, call, headers));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;

    fn configured(host: &FakeHost, service: &str) -> Result<Box<dyn Plugin>, String> {
        let text = format!(r#"{{"version": 1, "service": {service}}}"#);
        crate::filter::configure(host, text.as_bytes())
    }

    const TWO: &str = r#"{"tokens": [
        {"name": "a", "from": {"google_metadata": {"cluster": "m"}}},
        {"name": "b", "from": {"oauth_client": {"token_url": "https://o.test/t", "client_id": "i",
            "client_secret": {"env": "SECRET"}, "cluster": "o"}}}
    ]}"#;

    #[test]
    fn each_token_is_fetched_from_its_own_server_into_its_own_place() {
        let host = FakeHost::new();
        host.env.borrow_mut().insert("SECRET".to_owned(), "s".to_owned());
        let plugin = configured(&host, TWO).unwrap();
        plugin.on_tick(&host);
        let clusters: Vec<_> = host.calls.borrow().iter().map(|call| call.cluster.clone()).collect();
        assert_eq!(clusters, ["m", "o"]);
        let headers: Headers = [(":status", "200")].into_iter().collect();
        for (call, token) in [(2, "tb"), (1, "ta")] {
            let body = format!(r#"{{"access_token": "{token}", "expires_in": 60}}"#);
            plugin.on_call_reply(&host, CallId(call), &headers, body.as_bytes());
        }
        for (name, token) in [("a", "ta"), ("b", "tb")] {
            let (value, _) = crate::host::Host::shared(&host, &named_place(name)).unwrap();
            assert!(value.unwrap().ends_with(token.as_bytes()), "{name}");
        }
        assert_eq!(
            host.log_text(),
            "token b: an access token, good for 60 s\ntoken a: an access token, good for 60 s\n"
        );
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_place() {
        let rows = [
            (
                TWO,
                "service.tokens[1].from.oauth_client.client_secret.env: environment variable SECRET is not set; set it and \
                   let Envoy pass it on (host_env_keys in the VM configuration)",
            ),
            (
                &TWO.replace("\"b\"", "\"a\""),
                "service.tokens[1].name: \"a\" is already taken by service.tokens[0].name",
            ),
            (r#"{"tokens": [{"name": "a"}]}"#, "service.tokens[0].from: required, but missing"),
            (
                r#"{"tokens": [{"name": "a", "from": {"bearer": {}}}]}"#,
                "service.tokens[0].from.bearer: unknown key (known here: google_service_account, google_metadata, \
                 azure_entra, oauth_client)",
            ),
        ];
        for (service, want) in rows {
            assert_eq!(configured(&FakeHost::new(), service).err().unwrap(), want);
        }
        for (text, want) in [
            (
                r#"{"version": 1}"#,
                "configuration: give gateway (in a listener), provider (in a cluster), service (in bootstrap_extensions) or \
                 tenant_table (before a gateway)",
            ),
            (
                r#"{"version": 1, "service": {}, "provider": {"preset": "openai"}}"#,
                "configuration: give one of gateway, provider, service and tenant_table: each is an instance of its own",
            ),
        ] {
            assert_eq!(crate::filter::configure(&FakeHost::new(), text.as_bytes()).err().unwrap(), want);
        }
    }

    #[test]
    fn a_service_among_the_filters_lets_nothing_pass() {
        let host = FakeHost::new();
        let mut exchange = configured(&host, "{}").unwrap().exchange();
        assert_eq!(exchange.on_request_headers(&host, false), Flow::Pause);
        assert_eq!(exchange.on_request_body(&host, 2, true), Flow::Pause);
        assert_eq!(host.reply.take().unwrap().status, 500);
        let why = "this configuration is for a WasmService in bootstrap_extensions, not for a filter\n";
        assert_eq!(host.log_text(), why);
    }
}
