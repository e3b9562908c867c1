//! Which filter this instance is, or whether it is the service: what the operator's JSON makes of it.

use crate::config::{self, Errors, Node, settings};
use crate::gateway::{GatewayConfig, GatewayPlugin};
use crate::host::{Host, Level, Plugin};
use crate::provider::{Provider, ProviderConfig};
use crate::service::{ServiceConfig, ServicePlugin};
use crate::tenant::{LONG_LISTS, TableConfig, TablePlugin};
use crate::upstream::UpstreamPlugin;

settings! {
    /// The whole configuration of one instance: `gateway` in a listener, `provider` in a cluster, `service` in the
    /// bootstrap.
    pub struct FilterConfig {
        /// The version of this form.
        pub version: config::Bounded<1, 1>,
        /// This filter stands in a listener and knows the clients.
        pub gateway: Option<GatewayConfig>,
        /// This filter stands in a cluster and knows its provider.
        pub provider: Option<ProviderConfig>,
        /// This is no filter: it stands in `bootstrap_extensions`, as a singleton, and works for all filters.
        pub service: Option<ServiceConfig>,
        /// This is no filter either: it is a table of tenants that gateways use, a file of its own.
        pub tenant_table: Option<TableConfig>,
    }
    check = FilterConfig::is_one_of_four;
}

impl FilterConfig {
    fn is_one_of_four(&self, node: Node<'_>, errors: &mut Errors) {
        let given =
            [self.gateway.is_some(), self.provider.is_some(), self.service.is_some(), self.tenant_table.is_some()];
        match given.into_iter().filter(|given| *given).count() {
            0 => {
                let all = "give gateway (in a listener), provider (in a cluster), service (in bootstrap_extensions) or \
                           tenant_table (before a gateway)";
                errors.add(node, all);
            }
            1 => {}
            _ => errors
                .add(node, "give one of gateway, provider, service and tenant_table: each is an instance of its own"),
        }
    }
}

/// Makes the plugin of a configuration, or says what is wrong with it, one line per mistake.
pub fn configure(host: &dyn Host, bytes: &[u8]) -> Result<Box<dyn Plugin>, String> {
    #[cfg(feature = "idle")]
    return Ok(Box::new(crate::idle::Idle::new(host, bytes)));
    #[allow(unreachable_code, reason = "the idle filters have no configuration of their own")]
    configured(host, bytes)
}

/// From here on it is worth a line in the log how long a configuration took to read.
const LONG_BYTES: usize = 1 << 20;

fn configured(host: &dyn Host, bytes: &[u8]) -> Result<Box<dyn Plugin>, String> {
    let began_ns = host.now_ns();
    let (config, warnings) =
        config::parse_rows::<FilterConfig>(bytes, &LONG_LISTS).map_err(|errors| errors.to_string())?;
    for warning in warnings {
        host.log(Level::Warn, &format!("{}: {}", warning.path, warning.reason));
    }
    let mut errors = Errors::new();
    let whole = serde_json::Value::Null;
    let root = Node::root(&whole);
    let plugin: Option<Box<dyn Plugin>> = match (config.gateway, config.provider, config.service, config.tenant_table) {
        (Some(gateway), ..) => Some(Box::new(GatewayPlugin::new(gateway, host, root.key("gateway"), &mut errors))),
        (None, Some(provider), ..) => Provider::new(&provider, host, &mut errors)
            .map(|provider| Box::new(UpstreamPlugin::new(provider)) as Box<dyn Plugin>),
        (None, None, Some(service), _) => Some(Box::new(ServicePlugin::new(&service, host, &mut errors))),
        (None, None, None, Some(table)) => {
            Some(Box::new(TablePlugin::new(table, bytes, host, root.key("tenant_table"), &mut errors)))
        }
        (None, None, None, None) => None,
    };
    if bytes.len() >= LONG_BYTES {
        let took_ms = host.now_ns().saturating_sub(began_ns) / 1_000_000;
        let line = format!("a configuration of {} bytes, read in {took_ms} ms{}", bytes.len(), memory());
        host.log(Level::Info, &line);
    }
    match plugin {
        Some(plugin) if errors.is_empty() => Ok(plugin),
        _ => Err(errors.to_string()),
    }
}

/// What the virtual machine has taken of memory; it never gives any back.
fn memory() -> String {
    #[cfg(target_arch = "wasm32")]
    return format!("; this virtual machine has {} KiB", core::arch::wasm32::memory_size(0) * 64);
    #[cfg(not(target_arch = "wasm32"))]
    String::new()
}
