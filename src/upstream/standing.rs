//! Where a provider filter stands: Envoy says it, but asking costs as much as half an exchange of ours, so what was seen
//! to be right is believed for a while.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::host::Host;

/// How many attempts of one cluster are believed after one that was looked at: a set-up that changes into a wrong one is
/// noticed after that many.
const BELIEVED: u32 = 64;
/// More clusters than this for one filter are looked at each time.
const MOST_CLUSTERS: usize = 256;

/// The clusters that this filter has been seen to stand in, with how often that is still believed.
#[derive(Default)]
pub(super) struct Standing(RefCell<HashMap<String, u32>>);

impl Standing {
    /// Whether the filter was seen in this cluster lately, the metadata being right.
    pub fn is_known(&self, cluster: &str) -> bool {
        let mut seen = self.0.borrow_mut();
        let Some(left) = seen.get_mut(cluster).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    /// Asks Envoy for the cluster's name, None where it has none. Err: what is wrong with it.
    pub fn look(&self, host: &dyn Host, provider: &str) -> Result<Option<String>, String> {
        let text = |path: &[&str]| host.property(path).and_then(|bytes| String::from_utf8(bytes).ok());
        let named = text(&["xds", "cluster_metadata", "filter_metadata", "postern", "provider"]);
        if let Some(named) = named
            && named != provider
        {
            return Err(format!("the cluster's metadata names provider {named}, but its filter is for {provider}"));
        }
        let cluster = text(&["xds", "cluster_name"]);
        let mut seen = self.0.borrow_mut();
        if let Some(cluster) = &cluster
            && (seen.contains_key(cluster) || seen.len() < MOST_CLUSTERS)
        {
            seen.insert(cluster.clone(), BELIEVED);
        }
        Ok(cluster)
    }
}
