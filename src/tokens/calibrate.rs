//! What providers report, held against what was estimated: one ratio for each model and kind of text, so that a family's
//! weights that do not quite fit a model are put right within tens of requests.
//!
//! One ratio per model is worse than none where prose and code come mixed, since dense texts outweigh the others; four
//! kinds of text help or do no harm. A ratio is that of two sums in which newer requests count more; it is used from five
//! on, and never beyond a factor of two. It lives in one virtual machine, in a table of fixed size.

use std::cell::RefCell;

/// What kind of text a request mostly has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Latin prose.
    Latin,
    /// Chinese, Japanese, Korean.
    Cjk,
    /// Any other script.
    Other,
    /// Code, JSON, tables: many signs and digits.
    Code,
}

impl Bucket {
    /// Looks at the first bytes of a text.
    pub fn of(text: &str) -> Self {
        const LOOKED_AT: usize = 2_048;
        let (mut chars, mut cjk, mut other, mut signs) = (0_u32, 0_u32, 0_u32, 0_u32);
        for char in text.chars().take(LOOKED_AT) {
            chars += 1;
            match char {
                'a'..='z' | 'A'..='Z' | ' ' | '.' | ',' | '\'' | '\n' => {}
                '\0'..='\x7f' => signs += 1,
                '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => cjk += 1,
                '\u{80}'..='\u{24f}' | '\u{2000}'..='\u{206f}' => {}
                _ => other += 1,
            }
        }
        match () {
            () if cjk * 4 > chars => Self::Cjk,
            () if other * 4 > chars => Self::Other,
            () if signs * 6 > chars => Self::Code,
            () => Self::Latin,
        }
    }
}

const PLACES: usize = 1_024;
const KEPT: f64 = 0.98;
const FIRST_USED: u32 = 5;

#[derive(Clone, Copy, Default)]
struct Place {
    requests: u32,
    reported: f64,
    estimated: f64,
}

thread_local! {
    static TABLE: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// An estimate that is to be held against what the provider reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    place: usize,
    /// What was estimated, without any ratio.
    pub estimated: f64,
    /// What was not estimated from text: pictures, tools, framing.
    pub fixed: u64,
}

impl Calibration {
    /// For a text of a model's.
    pub fn new(model: &str, bucket: Bucket, estimated: f64, fixed: u64) -> Self {
        let seed = 0xcbf2_9ce4_8422_2325_u64 ^ bucket as u64;
        let hash = model.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Self { place: (hash >> 32) as usize % PLACES, estimated, fixed }
    }

    /// How many times the estimate it is.
    pub fn ratio(&self) -> f64 {
        let place = TABLE.with_borrow(|table| table.get(self.place).copied()).unwrap_or_default();
        if place.requests < FIRST_USED { 1.0 } else { (place.reported / place.estimated.max(1.0)).clamp(0.5, 2.0) }
    }

    /// The provider reports so many input tokens.
    pub fn learn(&self, reported: u64) {
        let reported = reported.saturating_sub(self.fixed) as f64;
        if self.estimated < 1.0 || reported < 1.0 {
            return;
        }
        let reported = reported.clamp(self.estimated * 0.25, self.estimated * 4.0);
        TABLE.with_borrow_mut(|table| {
            if table.is_empty() {
                table.resize(PLACES, Place::default());
            }
            let Some(place) = table.get_mut(self.place) else { return };
            place.requests = place.requests.saturating_add(1);
            place.reported = place.reported * KEPT + reported;
            place.estimated = place.estimated * KEPT + self.estimated;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_learned_for_its_model_and_kind_of_text_alone_within_bounds() {
        let prose = Calibration::new("m", Bucket::of("What is the weather like today?"), 100.0, 10);
        let code = Calibration::new("m", Bucket::of("fn f(x: u32) -> u32 { x << 2 | 0x1F }"), 100.0, 10);
        for _ in 0..4 {
            prose.learn(130);
        }
        assert_eq!(prose.ratio(), 1.0, "too few");
        prose.learn(130);
        assert!((prose.ratio() - 1.2).abs() < 0.001);
        assert_eq!(code.ratio(), 1.0);
        for _ in 0..9 {
            code.learn(1_000_000);
        }
        assert_eq!(code.ratio(), 2.0);
    }

    #[test]
    fn texts_fall_into_the_bucket_of_what_they_mostly_are() {
        let rows = [
            ("Der Fluß fließt über die Brücke nach Hause.", Bucket::Latin),
            ("今天天气怎么样?", Bucket::Cjk),
            ("오늘 날씨 어때요?", Bucket::Cjk),
            ("Какая сегодня погода?", Bucket::Other),
            (r#"{"a":[1,2,3],"b":{"c":"d"}}"#, Bucket::Code),
            ("", Bucket::Latin),
        ];
        for (text, want) in rows {
            assert_eq!(Bucket::of(text), want, "{text}");
        }
    }
}
