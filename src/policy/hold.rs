//! What a stage holds of one exchange: taken when the request comes, settled once when it is over.
//!
//! A stage leaves a [`Hold`] in its notes. The gateway keeps it, shows it how a stream goes on, and settles it at the end,
//! whichever way that comes: an answer, an error, a refusal by a later stage, a hang-up, a panic of ours. Retries are one
//! exchange. What nobody settles, because its worker is gone, has to end by itself.

use crate::chat::Usage;
use crate::host::Host;
use crate::ledger::Answers;
use crate::tokens::Calibration;

/// How an exchange ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'e> {
    /// What it took, told or estimated; None: no provider has done anything for it.
    pub usage: Option<&'e Usage>,
    /// What it cost; None: nothing, or nobody knows.
    pub micro_usd: Option<u64>,
    /// The place of the target that was asked last, in [`super::Ask::targets`]; None: none was.
    pub target: Option<usize>,
    /// The client's status.
    pub status: u64,
    /// The answer came to its end.
    pub complete: bool,
}

/// How a stream goes on.
#[derive(Debug)]
pub enum Going {
    /// As it is.
    On,
    /// It is to end here, as if the model had no room left.
    Stop,
}

/// What is held of one exchange.
pub trait Hold {
    /// More of the answer has passed; `usage` is what it takes so far.
    fn on_usage(&mut self, host: &dyn Host, usage: &Usage) -> Going {
        let _ = (host, usage);
        Going::On
    }
    /// Whether it may ever want a stream to end.
    fn may_stop(&self) -> bool {
        false
    }
    /// The exchange is over. What there is to tell the operator goes into `told`.
    fn settle(self: Box<Self>, host: &dyn Host, end: &End<'_>, told: &mut Vec<super::Finding>);
}

/// All that is held of one exchange.
#[derive(Default)]
pub struct Holds {
    holds: Vec<Box<dyn Hold>>,
    /// Where it is noted what the answer took.
    answers: Option<Answers>,
    /// What was estimated of its input, to be held against what the provider says.
    calibration: Option<Calibration>,
}

impl Holds {
    /// Keeps one more.
    pub fn keep(&mut self, hold: impl Hold + 'static) {
        self.holds.push(Box::new(hold));
    }

    /// Wants to know what the answer took, and whether the estimate of its input was right.
    pub fn learn(&mut self, answers: Answers, calibration: Option<Calibration>) {
        self.answers = Some(answers);
        self.calibration = calibration;
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }

    /// Whether any of them may want a stream to end.
    pub fn may_stop(&self) -> bool {
        self.holds.iter().any(|hold| hold.may_stop())
    }

    /// More of the answer has passed.
    pub fn on_usage(&mut self, host: &dyn Host, usage: &Usage) -> Going {
        let mut going = Going::On;
        for hold in &mut self.holds {
            if let Going::Stop = hold.on_usage(host, usage) {
                going = Going::Stop;
            }
        }
        going
    }

    /// Settles everything; a second time there is nothing left to settle.
    pub fn settle(&mut self, host: &dyn Host, end: &End<'_>) -> Vec<super::Finding> {
        let mut told = Vec::new();
        for hold in self.holds.drain(..) {
            hold.settle(host, end, &mut told);
        }
        // An answer that broke off, or that nobody counted, teaches nothing.
        let (answers, calibration) = (self.answers.take(), self.calibration.take());
        if let Some(usage) = end.usage.filter(|usage| end.complete && !usage.estimated && usage.output > 0) {
            answers.iter().for_each(|answers| answers.learn(usage.output));
            calibration.iter().for_each(|calibration| calibration.learn(usage.input));
        }
        told
    }
}
