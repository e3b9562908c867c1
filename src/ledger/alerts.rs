//! Alerts: what has to be told to somebody outside, from the workers who notice it to the service that tells it. They
//! pass through one slot of shared data, a bounded list: where nobody takes them, the oldest make room.

use crate::host::{Host, HostError, HostResult};

/// The slot.
const KEY: &str = "postern/ledger/1/alerts";

/// The most alerts that wait.
const MAX_ALERTS: usize = 256;

/// The longest alert.
const MAX_BYTES: usize = 2_048;

const TRIES: usize = 256;

/// An alert: an id that no other has, and a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The same for the same thing, so that whoever is told twice knows.
    pub id: String,
    /// What is told.
    pub body: String,
}

/// Makes the slot, unless it is there.
pub fn make(host: &dyn Host) -> HostResult<()> {
    let (value, _) = host.shared(KEY)?;
    if value.is_none() {
        host.set_shared(KEY, b"", 0)?;
    }
    Ok(())
}

/// Leaves an alert for the service. Where nothing was made for it, nobody is there to tell.
pub fn push(host: &dyn Host, alert: &Alert) -> HostResult<()> {
    if alert.body.len() > MAX_BYTES || alert.body.contains('\n') {
        return Ok(());
    }
    change(host, |alerts| {
        let known = alerts.iter().any(|waiting| waiting.id == alert.id);
        if !known {
            alerts.push(alert.clone());
            let too_many = alerts.len().saturating_sub(MAX_ALERTS);
            alerts.drain(..too_many);
        }
        !known
    })
}

/// The alerts that wait, the oldest first.
pub fn waiting(host: &dyn Host) -> HostResult<Vec<Alert>> {
    Ok(read(&host.shared(KEY)?.0.unwrap_or_default()))
}

/// An alert was told.
pub fn done(host: &dyn Host, id: &str) -> HostResult<()> {
    change(host, |alerts| {
        let before = alerts.len();
        alerts.retain(|alert| alert.id != id);
        alerts.len() < before
    })
}

fn change(host: &dyn Host, change: impl Fn(&mut Vec<Alert>) -> bool) -> HostResult<()> {
    for _ in 0..TRIES {
        let (value, ticket) = host.shared(KEY)?;
        let Some(value) = value else { return Ok(()) };
        let mut alerts = read(&value);
        if !change(&mut alerts) || host.set_shared(KEY, &write(&alerts), ticket)? {
            return Ok(());
        }
    }
    Err(HostError { call: "proxy_set_shared_data", status: 8 })
}

fn read(bytes: &[u8]) -> Vec<Alert> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let alert = |line: &str| {
        let (id, body) = line.split_once(' ')?;
        Some(Alert { id: id.to_owned(), body: body.to_owned() })
    };
    text.lines().filter_map(alert).collect()
}

fn write(alerts: &[Alert]) -> Vec<u8> {
    alerts.iter().flat_map(|alert| [alert.id.as_str(), " ", alert.body.as_str(), "\n"]).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;

    #[test]
    fn alerts_wait_once_each_until_they_are_told_and_never_too_many() {
        let host = FakeHost::new();
        let alert = |at: usize| Alert { id: format!("a{at}"), body: format!(r#"{{"n":{at}}}"#) };
        push(&host, &alert(0)).unwrap();
        assert!(waiting(&host).unwrap().is_empty(), "nobody made the slot");
        make(&host).unwrap();
        for at in [0, 1, 0, 1] {
            push(&host, &alert(at)).unwrap();
        }
        assert_eq!(waiting(&host).unwrap(), [alert(0), alert(1)]);
        done(&host, "a0").unwrap();
        assert_eq!(waiting(&host).unwrap(), [alert(1)]);
        for at in 2..1_000 {
            push(&host, &alert(at)).unwrap();
        }
        let left = waiting(&host).unwrap();
        assert_eq!((left.len(), left.last()), (256, Some(&alert(999))));
    }
}
