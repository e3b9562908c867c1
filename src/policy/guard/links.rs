//! Links and pictures in answers: only to hosts the operator knows. A picture is fetched by whoever shows the answer, so
//! its address can carry away what the model was made to put into it.

use std::ops::Range;
use std::rc::Rc;

use super::answer::{AnswerCheck, AnswerTally};
use super::tally::Tally;
use super::{Action, Check, Role};
use crate::config::{Errors, Node, settings};
use crate::format::lanes::{Passage, Said as Spoken};
use crate::format::said::Said;
use crate::format::view::Replacement;

settings! {
    /// Links and pictures in answers go to these hosts only: `{"links": {"allow": ["example.com", "*.example.com"]}}`.
    pub struct Links {
        /// Hosts; `*.example.com` stands for every host below it.
        pub allow: Vec<String>,
        /// Look at pictures only (`![](...)`, `src=`), and let links that somebody would have to follow pass.
        pub pictures_only: bool = false,
        /// What to do. `redact` puts `[link removed]` in the address's place.
        pub action: Action = Action::Redact,
    }
    check = Links::are_hosts;
}

/// No address is longer; one that is ends there.
const MAX_ADDRESS: usize = 2048;

impl Links {
    fn are_hosts(&self, node: Node<'_>, errors: &mut Errors) {
        for (place, host) in self.allow.iter().enumerate() {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
            if bare.is_empty() || !bare.chars().all(fits) {
                errors.add(node.key("allow").index(place), "expected a host, as \"example.com\" or \"*.example.com\"");
            }
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(Knowing(Rc::new(self)))
    }

    fn allows(&self, host: &str) -> bool {
        self.allow.iter().any(|known| match known.strip_prefix("*.") {
            Some(below) => {
                let cut = host.len().checked_sub(below.len() + 1);
                cut.and_then(|cut| host.get(cut..)).is_some_and(|end| {
                    end.starts_with('.') && end.get(1..).is_some_and(|end| end.eq_ignore_ascii_case(below))
                })
            }
            None => host.eq_ignore_ascii_case(known),
        })
    }
}

struct Knowing(Rc<Links>);

impl Check for Knowing {
    fn looks_at(&self, _: Role) -> bool {
        false
    }

    fn on_text(&self, _: Role, _: &Said<'_>, _: &mut Tally) {}

    fn watch(&self, _: &Tally) -> Option<Box<dyn AnswerCheck>> {
        Some(Box::new(Watching(Rc::clone(&self.0))))
    }
}

struct Watching(Rc<Links>);

/// An address in a text.
struct Address {
    range: Range<usize>,
    picture: bool,
    /// What follows could still belong to it.
    open: bool,
}

/// Every address with a scheme, or with the two slashes of one in a place where only addresses stand.
fn addresses(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    for slashes in memchr::memmem::find_iter(bytes, b"//") {
        let before = text.get(..slashes).unwrap_or_default();
        let scheme = before.strip_suffix(':').map(|before| {
            let letters = before.bytes().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
            before.len() - letters
        });
        let opens =
            before.ends_with("](") || before.ends_with("=\"") || before.ends_with("='") || before.ends_with('(');
        let start = match scheme {
            Some(start) => start,
            None if opens => slashes,
            None => continue,
        };
        if found.last().is_some_and(|last: &Address| last.range.end > start) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '"' | '\'' | '<' | '>' | '`' | ']' | '|');
        let len = rest.find(ends).unwrap_or(rest.len());
        let open = len == rest.len() && len < MAX_ADDRESS;
        let around = text.get(..start).unwrap_or_default();
        let picture =
            around.ends_with("](") && is_picture(around) || around.ends_with("src=\"") || around.ends_with("src='");
        found.push(Address { range: start..start + len.min(MAX_ADDRESS.max(len)), picture, open });
    }
    found
}

/// Whether the brackets that end here are those of a picture: `![...](`.
fn is_picture(before: &str) -> bool {
    let Some(label) = before.strip_suffix("](") else { return false };
    let open = label.char_indices().rev().take(256).find(|(_, c)| *c == '[').map(|(at, _)| at);
    open.and_then(|at| label.get(..at)).is_some_and(|before| before.ends_with('!'))
}

/// The host of an address, without user, port and final dot.
fn host(address: &str) -> &str {
    let rest = address.split_once("//").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches(['.', ',', ';', '*', '!', '…'])
}

/// How much at the end of a text could be the beginning of an address whose slashes have not come.
fn beginning(text: &str) -> usize {
    let tail = text
        .bytes()
        .rev()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/'))
        .count();
    let tail_text = text.get(text.len() - tail..).unwrap_or_default();
    let could = |scheme: &str| scheme.starts_with(tail_text) || tail_text.ends_with(':') || tail_text.ends_with('/');
    if tail > 0 && (could("https://") || could("http://")) { tail } else { 0 }
}

impl AnswerCheck for Watching {
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize {
        if matches!(passage.said, Spoken::Arguments | Spoken::Foreign) {
            return 0;
        }
        let mut hold = if passage.end { 0 } else { beginning(passage.text) };
        for address in addresses(passage.text) {
            if address.range.end <= passage.start {
                continue;
            }
            if address.open && !passage.end {
                hold = hold.max(passage.text.len() - address.range.start.max(passage.start));
                continue;
            }
            let url = passage.text.get(address.range.clone()).unwrap_or_default();
            if (self.0.pictures_only && !address.picture) || self.0.allows(host(url)) {
                continue;
            }
            let what = if address.picture { "links.picture" } else { "links.link" };
            let range = address.range.start.max(passage.start)..address.range.end;
            tally.add(what, self.0.action, Some(Replacement { range, with: "[link removed]".to_owned() }));
        }
        hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_browsers_read_them() {
        let rows = [
            ("https://example.com/x", "example.com"),
            ("https://example.com@evil.io/x", "evil.io"),
            ("https://user:pw@evil.io:8443?x", "evil.io"),
            ("//evil.io\\@example.com", "evil.io"),
            ("http://[::1]:80/", "::1"),
            ("https://example.com.", "example.com"),
        ];
        for (address, want) in rows {
            assert_eq!(host(address), want, "{address}");
        }
        let links = Links {
            allow: vec!["example.com".into(), "*.good.io".into()],
            pictures_only: false,
            action: Action::Redact,
        };
        for (host, want) in [
            ("example.com", true),
            ("EXAMPLE.com", true),
            ("a.example.com", false),
            ("a.good.io", true),
            ("good.io", false),
            ("evilgood.io", false),
        ] {
            assert_eq!(links.allows(host), want, "{host}");
        }
    }

    #[test]
    fn addresses_are_found_and_pictures_told_apart() {
        let text = "see https://a.io/x, ![p](https://b.io/p.png?q=1) and <img src=\"//c.io/q\"> or a//b";
        let found: Vec<_> = addresses(text).into_iter().map(|it| (text.get(it.range).unwrap(), it.picture)).collect();
        assert_eq!(found, [("https://a.io/x,", false), ("https://b.io/p.png?q=1", true), ("//c.io/q", true)]);
        assert_eq!(beginning("see htt"), 3);
        assert_eq!(beginning("see https:/"), 7);
        assert_eq!(beginning("see word"), 0);
    }
}
