//! Which filter this instance is: what the operator's JSON makes of it.

use crate::host::{Exchange, Flow, Host, Plugin};
use crate::http::{Headers, Reply};

/// Makes the plugin of a configuration, or says what is wrong with it, one line per mistake.
pub fn configure(host: &dyn Host, bytes: &[u8]) -> Result<Box<dyn Plugin>, String> {
    let _ = (host, bytes);
    Ok(Box::new(PassThrough))
}

/// Lets everything pass.
struct PassThrough;

impl Plugin for PassThrough {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(Self)
    }
}

impl Exchange for PassThrough {
    fn on_request_headers(&mut self, _host: &dyn Host, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_request_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_response_headers(&mut self, _host: &dyn Host, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_response_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Continue
    }

    fn internal_error(&self) -> Reply {
        Reply { status: 500, headers: Headers::new(), body: Vec::new() }
    }
}
