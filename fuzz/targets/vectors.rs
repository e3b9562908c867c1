//! Vectors and ranks: a request is read or refused by its path, and what is written of it is JSON; an answer is read or is
//! none, and what is written of one that is JSON is JSON, too.

use postern::format::embeddings::{self, Input, SHAPES};
use postern::format::{Ask, Loss, Quirks, Target, rerank};
use postern::http::Headers;
use postern::wire::json::Doc;

/// The law.
pub fn check(input: &[u8]) {
    let headers = Headers::new();
    let doc = Doc::parse(input);
    let target = |model| Target { model, quirks: &Quirks::DEFAULT };
    let mut wishes = Vec::new();
    for from in SHAPES {
        let Some(Ok(request)) = doc.as_ref().ok().map(|doc| from.read_request(doc)) else { continue };
        assert!(!request.inputs.is_empty());
        for to in SHAPES {
            for model in ["m", "cohere.embed-v4:0", "amazon.titan-embed-text-v2:0"] {
                let written = embeddings::translate(&request, *to, &target(model), &mut Loss::default());
                if let Ok(body) = written {
                    json(&body);
                }
            }
        }
        if request.inputs.iter().all(|it| matches!(it, Input::Text(_))) {
            wishes.push((*from, request.wish()));
        }
    }
    for from in SHAPES {
        let _ = (from.usage(&headers, input), from.is_unpacked(input));
        let Some(answer) = from.read_answer(&headers, input) else { continue };
        for (to, wish) in &wishes {
            if let Ok(body) = embeddings::translate_answer(&answer, *to, wish, &Ask::default())
                && doc.is_ok()
            {
                json(&body);
            }
        }
        let packed = answer.packed_wish();
        for to in SHAPES {
            let _ = to.write_answer(&answer, &packed, &Ask::default());
        }
    }
    let Ok(doc) = doc else { return };
    for from in rerank::SHAPES {
        let request = from.read_request(&doc).ok();
        let answer = from.read_answer(&headers, &doc);
        for to in rerank::SHAPES {
            if let Some(request) = &request {
                if let Ok(body) = to.write_request(request, &target("m"), &mut Loss::default()) {
                    json(&body);
                }
                if let Some(answer) = &answer
                    && let Ok(body) = to.write_answer(answer, &request.wish(), &Ask::default())
                {
                    json(&body);
                }
            }
        }
    }
}

fn json(text: &[u8]) {
    if let Err(error) = Doc::parse(text) {
        panic!("{error}: {}", text.escape_ascii());
    }
}
