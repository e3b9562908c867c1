//! What providers say of their own limits: until when one of them has nothing left for a model. A provider filter notes
//! it; gateways then send requests elsewhere, or tell the client when to come again, instead of asking for a refusal.
//!
//! One slot for each cluster and model that the configuration names, made with it; what it does not name is not noted.

use crate::host::{Host, HostResult};

/// Nobody is believed to have nothing for longer: clocks and headers may be wrong.
const MOST_MS: u64 = 3_600_000;

fn key(cluster: &str, model: &str) -> String {
    format!("postern/quota/1/{cluster}/{model}")
}

/// Makes the slot of a cluster and a model, unless it is there. For the configuration only.
pub fn make(host: &dyn Host, cluster: &str, model: &str) -> HostResult<()> {
    let key = key(cluster, model);
    if host.shared(&key)?.0.is_none() {
        host.set_shared(&key, &0_u64.to_le_bytes(), 0)?;
    }
    Ok(())
}

/// For how many milliseconds there will be nothing; 0: there may be something.
pub fn exhausted_ms(host: &dyn Host, cluster: &str, model: &str, now_ms: u64) -> u64 {
    let bytes = host.shared(&key(cluster, model)).ok().and_then(|(value, _)| value);
    let until_ms = bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    until_ms.saturating_sub(now_ms).min(MOST_MS)
}

/// Reads the headers of an answer, and notes it if they say that nothing is left.
pub fn note<'h>(
    host: &dyn Host,
    cluster: &str,
    model: &str,
    status: u16,
    header: impl Fn(&str) -> Option<&'h str>,
    now_ms: u64,
) {
    let Some(for_ms) = nothing_left_ms(status, header, now_ms).filter(|ms| *ms > 0) else { return };
    let key = key(cluster, model);
    if let Ok((Some(_), ticket)) = host.shared(&key) {
        let until_ms = now_ms.saturating_add(for_ms.min(MOST_MS));
        // Whoever was quicker knows it too.
        let _ = host.set_shared(&key, &until_ms.to_le_bytes(), ticket);
    }
}

/// What is left, and when there is more, in the words of OpenAI and of Anthropic.
const PAIRS: [(&str, &str); 6] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
];

fn nothing_left_ms<'h>(status: u16, header: impl Fn(&str) -> Option<&'h str>, now_ms: u64) -> Option<u64> {
    let none_left = PAIRS.iter().filter(|(left, _)| header(left).is_some_and(|left| left.trim() == "0"));
    let reset_ms = none_left.filter_map(|(_, reset)| duration_ms(header(reset)?, now_ms)).max();
    if status != 429 {
        return reset_ms;
    }
    let precise = header("retry-after-ms").and_then(|ms| ms.parse().ok());
    let after = || header("retry-after")?.trim().parse::<u64>().ok()?.checked_mul(1_000);
    precise.or_else(after).or(reset_ms)
}

/// A time to wait: OpenAI's `6m0s`, `1.5s`, `20ms`; a number of seconds; a moment as RFC 3339 has it.
fn duration_ms(text: &str, now_ms: u64) -> Option<u64> {
    let text = text.trim();
    if text.len() >= 20 && text.as_bytes().get(4) == Some(&b'-') {
        return moment_ms(text).map(|moment| moment.saturating_sub(now_ms));
    }
    let (mut ms, mut rest) = (0.0_f64, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters)?;
        let unit_ms = match unit {
            "ms" => 1.0,
            "s" | "" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            _ => return None,
        };
        ms += number.parse::<f64>().ok()? * unit_ms;
        rest = tail;
    }
    (ms.is_finite() && !text.is_empty()).then_some(ms.ceil() as u64)
}

/// `2026-01-01T00:00:30Z`, in milliseconds since the epoch; fractions and other zones than UTC are not in these headers.
fn moment_ms(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = super::window::days_to(year, month) + day - 1;
    Some((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::{FakeHost, START_NS};

    const NOW_MS: u64 = START_NS / 1_000_000;

    #[test]
    fn what_a_provider_says_of_its_limits_is_understood() {
        let rows: [(u16, &[(&str, &str)], Option<u64>); 9] = [
            (200, &[("x-ratelimit-remaining-requests", "5"), ("x-ratelimit-reset-requests", "1s")], None),
            (200, &[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0s")], Some(360_000)),
            (200, &[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "1.5s")], Some(1_500)),
            (200, &[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "20ms")], Some(20)),
            (
                200,
                &[
                    ("anthropic-ratelimit-tokens-remaining", "0"),
                    ("anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:30Z"),
                ],
                Some(30_000),
            ),
            (429, &[("retry-after", "7")], Some(7_000)),
            (429, &[("retry-after-ms", "250"), ("retry-after", "1")], Some(250)),
            (429, &[], None),
            (200, &[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "soon")], None),
        ];
        for (status, headers, want) in rows {
            let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            assert_eq!(nothing_left_ms(status, header, NOW_MS), want, "{status} {headers:?}");
        }
    }

    #[test]
    fn only_what_the_configuration_names_is_noted_and_only_for_its_time() {
        let host = FakeHost::new();
        make(&host, "c", "m").unwrap();
        let busy = |name: &str| (name == "retry-after").then_some("7");
        note(&host, "c", "m", 429, busy, NOW_MS);
        note(&host, "c", "other", 429, busy, NOW_MS);
        assert_eq!(host.common.borrow().len(), 1, "nothing at run time makes a slot");
        assert_eq!(exhausted_ms(&host, "c", "m", NOW_MS), 7_000);
        assert_eq!(exhausted_ms(&host, "c", "m", NOW_MS + 7_000), 0);
        assert_eq!(exhausted_ms(&host, "c", "other", NOW_MS), 0);
    }
}
