//! OAuth 2.0's client credentials (RFC 6749 section 4.4): Microsoft Entra's way of it, and everybody else's.

use super::issuer::{Issuer, Proof};
use crate::config::{Bounded, Errors, Node, Secret, settings};
use crate::host::Host;

settings! {
    /// An application of Microsoft Entra (Azure Active Directory) with a client secret.
    pub struct AzureEntra {
        /// The directory: its id or a domain of it.
        pub tenant_id: String,
        /// The application's id.
        pub client_id: String,
        /// A client secret of the application: its value, not its id.
        pub client_secret: Secret,
        /// What the token is to be good for.
        pub scope: String = "https://cognitiveservices.azure.com/.default".to_owned(),
        /// Who gives the token; the sovereign clouds have others.
        pub host: String = "login.microsoftonline.com".to_owned(),
        /// The Envoy cluster of that host: port 443, with TLS.
        pub cluster: String,
        /// How long its answer may take.
        pub timeout_ms: Bounded<100, 60_000> = Bounded::of::<5_000>(),
    }
    check = AzureEntra::can_be_asked;
}

settings! {
    /// A client of any OAuth 2.0 token server, e.g. a service principal of Databricks.
    pub struct OauthClient {
        /// The token server's address, e.g. `https://dbc-1.cloud.databricks.com/oidc/v1/token`.
        pub token_url: String,
        /// The client's id.
        pub client_id: String,
        /// Its secret.
        pub client_secret: Secret,
        /// What the token is to be good for, e.g. `all-apis`.
        pub scope: Option<String>,
        /// The Envoy cluster of the token server.
        pub cluster: String,
        /// How long its answer may take.
        pub timeout_ms: Bounded<100, 60_000> = Bounded::of::<5_000>(),
    }
    check = OauthClient::can_be_asked;
}

impl AzureEntra {
    fn can_be_asked(&self, node: Node<'_>, errors: &mut Errors) {
        is_cluster(&self.cluster, node, errors);
        let plain = |text: &str, more: &[u8]| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !plain(&self.tenant_id, b"-.") {
            errors.add(node.key("tenant_id"), "expected a directory's id or domain, e.g. contoso.onmicrosoft.com");
        }
        if !plain(&self.host, b"-.:") {
            errors.add(node.key("host"), "expected a host name with an optional port");
        }
    }

    /// Who gives the token.
    pub fn issuer(&self, host: &dyn Host, errors: &mut Errors) -> Option<Issuer> {
        Some(Issuer {
            cluster: self.cluster.clone(),
            host: self.host.clone(),
            path: format!("/{}/oauth2/v2.0/token", self.tenant_id),
            timeout_ms: self.timeout_ms.get() as u32,
            proof: Proof::Form {
                client_id: self.client_id.clone(),
                secret: self.client_secret.resolve(&|name| host.env(name), errors)?,
                scope: self.scope.clone(),
            },
        })
    }
}

impl OauthClient {
    fn can_be_asked(&self, node: Node<'_>, errors: &mut Errors) {
        is_cluster(&self.cluster, node, errors);
        if self.address().is_none() {
            errors.add(node.key("token_url"), "expected an address, e.g. https://login.example.com/oauth/token");
        }
    }

    /// The host and the path of the address.
    fn address(&self) -> Option<(&str, &str)> {
        let rest = self.token_url.strip_prefix("https://")?;
        let (host, path) = rest.split_at_checked(rest.find('/')?)?;
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        (!host.is_empty() && visible(host) && visible(path)).then_some((host, path))
    }

    /// Who gives the token.
    pub fn issuer(&self, host: &dyn Host, errors: &mut Errors) -> Option<Issuer> {
        let secret = self.client_secret.resolve(&|name| host.env(name), errors)?;
        let (server, path) = self.address()?;
        Some(Issuer {
            cluster: self.cluster.clone(),
            host: server.to_owned(),
            path: path.to_owned(),
            timeout_ms: self.timeout_ms.get() as u32,
            proof: Proof::Basic { client_id: self.client_id.clone(), secret, scope: self.scope.clone() },
        })
    }
}

/// Refuses a cluster without a name: Envoy would refuse every call to it, much later.
pub(super) fn is_cluster(name: &str, node: Node<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.add(node.key("cluster"), "expected the name of an Envoy cluster");
    }
}
