//! The operator's configuration: read, or refused with at least one reason; what is read can be shown and made a filter.

use postern::config::{Setting, parse};
use postern::filter::{FilterConfig, configure};

use super::fake::FakeHost;

/// The law.
pub fn check(input: &[u8]) {
    let host = FakeHost::new();
    match parse::<FilterConfig>(input) {
        Err(errors) => {
            assert!(!errors.is_empty() && !errors.to_string().is_empty(), "refused without a reason");
            assert!(configure(&host, input).is_err());
        }
        Ok((config, _)) => {
            config.show();
            if let Err(reason) = configure(&host, input) {
                assert!(!reason.is_empty(), "refused without a reason");
            }
        }
    }
}
