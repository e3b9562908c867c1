//! Set-ups and orders of events that should not be.

use postern::host::{Flow, Side};
use postern::http::Headers;

use crate::play::{Answer, Ask, CLIENT_KEY, PAIRS, Rig};

#[test]
fn a_provider_filter_without_a_gateway_filter_before_it_sends_nothing() {
    let rig = Rig::without_gateway();
    let seen = rig.play(&PAIRS[0].ask(false), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.sent.len()), (500, 0));
    assert!(rig.host.log_text().contains("no gateway filter has seen this request"), "{}", rig.host.log_text());
    assert!(!rig.host.log_text().contains(CLIENT_KEY));
}

#[test]
fn a_cluster_that_names_another_provider_sends_nothing() {
    for pair in PAIRS {
        let rig = Rig { metadata: Some("somebody-else"), ..Rig::new() };
        let seen = rig.play(&pair.ask(false), &[Answer::json(200, "{}")]);
        assert_eq!((seen.status, seen.sent.len()), (500, 0), "{pair:?}");
        assert_eq!(seen.json()["type"] == "error", pair.client == "anthropic_messages", "{pair:?}: {}", seen.text());
        assert!(rig.host.log_text().contains("the cluster's metadata names provider somebody-else"));
    }
    let rig = Rig { metadata: Some("openai"), ..Rig::new() };
    let answer = Answer::json(200, PAIRS[0].fixture("groq", "json"));
    assert_eq!(rig.play(&PAIRS[0].ask(false), &[answer]).status, 200);
}

#[test]
fn callbacks_in_any_order_never_panic_and_let_nothing_go_on() {
    let rig = Rig::new();
    let ask = Ask::new("openai_chat", "gpt", true);
    let mut first = 0;
    let request = |key: &str| -> Headers {
        [(":method", "POST"), (":path", "/v1/chat/completions"), ("x-api-key", key)].into_iter().collect()
    };
    for order in 0..7usize.pow(4) {
        for key in [CLIENT_KEY, "pk-unknown"] {
            for (at, mut exchange) in [rig.gateway(), rig.upstream("openai").unwrap()].into_iter().enumerate() {
                rig.host.new_stream();
                *rig.host.held[0].borrow_mut() = Some(request(key));
                *rig.host.held[1].borrow_mut() = Some([(":status", "200")].into_iter().collect());
                rig.host.buffered[0].borrow_mut().extend_from_slice(&ask.body);
                rig.host.buffered[1].borrow_mut().extend_from_slice(b"data: {}\n\n");
                let mut accepted = false;
                let mut left = order;
                for _ in 0..4 {
                    let flow = match left % 7 {
                        0 => {
                            accepted = at == 0 && key == CLIENT_KEY;
                            exchange.on_request_headers(&rig.host, false)
                        }
                        1 => exchange.on_request_body(&rig.host, ask.body.len(), true),
                        2 => exchange.on_request_body(&rig.host, 3, false),
                        other => {
                            let _ = match other {
                                3 => exchange.on_response_headers(&rig.host, false),
                                4 => exchange.on_response_headers(&rig.host, true),
                                5 => exchange.on_response_body(&rig.host, 10, true),
                                _ => {
                                    exchange.on_log(&rig.host);
                                    Flow::Continue
                                }
                            };
                            Flow::Pause
                        }
                    };
                    left /= 7;
                    first += usize::from(flow == Flow::Continue);
                    assert!(flow == Flow::Pause || accepted, "order {order}: a request goes on that was not accepted");
                }
            }
        }
    }
    assert!(first > 0, "no order let anything go on");
    assert!(rig.host.held[Side::Request as usize].borrow().is_some());
}
