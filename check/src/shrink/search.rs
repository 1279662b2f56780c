//! The search: one simplification after the other, kept where the body is still refused for its own sake.

use chatislav_webhooks::{Timestamp, Unsigned};
use tokio::task::yield_now;

use super::content::Model;
use super::feature::Feature;
use super::form::{has_null, of_form, tamed};
use super::oracle::{Oracle, Sight};
use super::slot::Slot;
use super::written::{Entry, Node, Part, Place, Written, characters};
use crate::body::Shape;

/// Numbers, from the plainest on; behind them those that a program writes anew in another way.
const NUMBERS: [&str; 8] = ["0", "1", "1.0", "0.1", "1.00", "1e1", "-0", "-0.0"];
/// Of how many texts it is tried whether one of them alone is enough.
const ALONE: usize = 4;

/// What a body is compared with, so that a smaller one is not refused for something else: the same
/// event with nothing to take offence at, which has to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twin {
    /// It says the same and is written as the endpoint takes it.
    Form,
    /// It has the same fields, and says what is taken.
    Content,
    /// There is no better one than an event that is known to be taken.
    Model,
}

pub(super) struct Search<'a> {
    pub(super) oracle: Oracle<'a>,
    pub(super) shape: Shape,
    pub(super) model: Model,
    pub(super) twin: Twin,
    pub(super) smallest: Written,
    /// What is peculiar about how that is written.
    features: Vec<Feature>,
}

impl<'a> Search<'a> {
    pub(super) fn new(oracle: Oracle<'a>, shape: Shape, model: Model, smallest: Written) -> Self {
        let features = of_form(&smallest, shape);
        Search { oracle, shape, model, twin: Twin::Form, smallest, features }
    }

    /// What is compared with a body.
    pub(super) fn twin_of(&self, body: &Written) -> Written {
        match self.twin {
            Twin::Form => tamed(body, self.shape),
            Twin::Content => self.model.like(body),
            Twin::Model => self.model.body().clone(),
        }
    }

    /// Goes on as long as there is something to gain.
    pub(super) async fn run(&mut self) {
        loop {
            let before = self.smallest.clone();
            self.plainer().await;
            self.leaps().await;
            let mut at = 0;
            while let Some(path) = self.smallest.paths().get(at).cloned() {
                if self.oracle.is_over() {
                    return;
                }
                self.entries(&path).await;
                self.value(&path).await;
                // What a field says is not to be parted from its name.
                if self.twin == Twin::Form {
                    self.text(Slot::Name(path)).await;
                }
                at += 1;
            }
            self.blanks().await;
            if self.smallest == before || self.oracle.is_over() {
                return;
            }
        }
    }

    /// Keeps a candidate that is refused, and whose twin is not.
    async fn keep(&mut self, candidate: Written) -> bool {
        // Many a candidate needs no request, and whoever wants to end the run has to be heard meanwhile.
        yield_now().await;
        if self.oracle.is_over() || candidate == self.smallest || !self.is_fair(&candidate) {
            return false;
        }
        if self.oracle.look(&candidate).await != Sight::Refused {
            return false;
        }
        let exchange = self.oracle.last.clone();
        let is_for_its_own_sake = self.oracle.look(&self.twin_of(&candidate)).await == Sight::Taken;
        if is_for_its_own_sake {
            self.features = of_form(&candidate, self.shape);
            self.smallest = candidate;
            self.oracle.last = exchange;
        }
        is_for_its_own_sake
    }

    /// Whether it is an event, and has nothing peculiar that the body has not.
    fn is_fair(&self, candidate: &Written) -> bool {
        if Unsigned::new().with_max_body(usize::MAX).read(&candidate.to_bytes(), NO_HEADERS).is_err() {
            return false;
        }
        let is_had = |feature: &Feature| self.features.iter().any(|known| known.name() == feature.name());
        if !of_form(candidate, self.shape).iter().all(is_had) {
            return false;
        }
        let is_same_event = candidate.get("event") == self.smallest.get("event");
        let has_time = |body: &Written| match body.get("timestamp") {
            Some(Node::Text(text)) => Timestamp::parse(text).is_some(),
            _ => false,
        };
        let keeps_time = candidate.get("timestamp").is_none() || has_time(candidate) || !has_time(&self.smallest);
        let gains_null = has_null(&candidate.root) && !has_null(&self.smallest.root);
        self.twin == Twin::Form || (is_same_event && keeps_time && !gains_null)
    }

    /// Takes out each feature of how it is written, as a whole.
    async fn plainer(&mut self) {
        for feature in self.features.clone().into_iter().rev() {
            let candidate = feature.without(&self.smallest);
            self.keep(candidate).await;
        }
    }

    /// Tries what is far away and small.
    async fn leaps(&mut self) {
        let mut bare = self.smallest.clone();
        let keep: Vec<_> = ["event", "data", "summary"].into_iter().filter(|name| bare.get(name).is_some()).collect();
        for at in (0..bare.members().len()).rev() {
            if !bare.members().get(at).is_some_and(|entry| keep.iter().any(|name| entry.is_named(name))) {
                bare.root.drain(at..at + 1);
            }
        }
        for at in 0..bare.members().len() {
            if let Some(node) = bare.at_mut(&[at]) {
                let all = node.entries().len();
                node.drain(0..all);
            }
        }
        self.keep(bare).await;
        if self.twin != Twin::Form {
            return;
        }
        let mut texts = vec![String::new()];
        let mut remarkable = Vec::new();
        self.smallest.clone().each(&mut |part| {
            if let Part::Text(text) = part
                && (text.len() > 256 || !text.is_ascii() || text.contains('\\'))
            {
                remarkable.push(text.clone());
            }
        });
        remarkable.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.extend(remarkable.into_iter().take(ALONE));
        for text in texts {
            let Some(at) = self.smallest.members().iter().position(|entry| entry.is_named("event")) else { return };
            let mut alone = self.smallest.clone();
            let all = alone.members().len();
            alone.root.drain(at + 1..all);
            alone.root.drain(0..at);
            if let Some(value) = alone.at_mut(&[0]) {
                *value = Node::Text(text);
            }
            if self.keep(alone).await {
                return;
            }
        }
    }

    /// Takes entries out: half of them, a quarter, and in the end one at a time.
    async fn entries(&mut self, path: &[usize]) {
        let count = |body: &Written| body.at(path).map_or(0, |node| node.entries().len());
        let mut size = count(&self.smallest).div_ceil(2);
        while size > 0 {
            let mut end = count(&self.smallest);
            while end > 0 && !self.oracle.is_over() {
                let start = end.saturating_sub(size);
                let mut candidate = self.smallest.clone();
                if let Some(node) = candidate.at_mut(path) {
                    node.drain(start..end);
                }
                self.keep(candidate).await;
                end = start;
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    async fn value(&mut self, path: &[usize]) {
        let Some(node) = self.smallest.at(path).cloned() else { return };
        match node {
            Node::Text(_) => self.text(Slot::Value(path.to_vec())).await,
            Node::Word(word) => self.word(path, &word).await,
            Node::Container { entries, .. } => {
                if let ([at], Twin::Form) = (path, self.twin)
                    && self.unfold(*at, &entries).await
                {
                    return;
                }
                for entry in &entries {
                    if self.put(path, entry.value.clone()).await {
                        return;
                    }
                }
                self.put(path, Node::Word("0".to_owned())).await;
            }
        }
    }

    /// Puts members in the place of the object that they are in.
    async fn unfold(&mut self, at: usize, inner: &[Entry]) -> bool {
        let mut candidate = self.smallest.clone();
        let Node::Container { entries, .. } = &mut candidate.root else { return false };
        let Some(outer) = entries.get(at).cloned() else { return false };
        let mut inner = inner.to_vec();
        if inner.iter().any(|entry| entry.name.is_none()) {
            return false;
        }
        if let Some(first) = inner.first_mut() {
            first.before = outer.before;
        }
        if let Some(last) = inner.last_mut() {
            last.after = outer.after;
        }
        entries.splice(at..at + 1, inner);
        self.keep(candidate).await
    }

    async fn put(&mut self, path: &[usize], node: Node) -> bool {
        let mut candidate = self.smallest.clone();
        if let Some(place) = candidate.at_mut(path) {
            *place = node;
        }
        self.keep(candidate).await
    }

    async fn word(&mut self, path: &[usize], word: &str) {
        for plainer in NUMBERS.into_iter().take_while(|number| *number != word) {
            if self.put(path, Node::Word(plainer.to_owned())).await {
                return;
            }
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            for length in 1..word.len() {
                let digits = word.get(..length).unwrap_or_default();
                if self.put(path, Node::Word(digits.to_owned())).await {
                    return;
                }
            }
        }
    }

    /// Shortens a text from its end, then from its start, and writes the rest plainer.
    async fn text(&mut self, slot: Slot) {
        let Some(text) = slot.of(&self.smallest).filter(|text| !text.is_empty()) else { return };
        if self.write(&slot, String::new()).await {
            return;
        }
        let count = characters(&text).count();
        let filled = "x".repeat(count);
        // Whatever it says may not matter, but only how long it is.
        let is_length = count > 1 && self.write(&slot, filled.clone()).await;
        let text = if is_length { filled } else { text };
        let mut ends = vec![0];
        ends.extend(characters(&text).scan(0, |at, character| {
            *at += character.len();
            Some(*at)
        }));
        let part = |from: usize, to: usize| {
            let place = |at: usize| ends.get(at).copied().unwrap_or(text.len());
            text.get(place(from)..place(to)).unwrap_or_default().to_owned()
        };
        // Whatever offends lies within: `low` characters are too few, `high` are enough.
        let (mut low, mut high) = (0, ends.len() - 1);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.write(&slot, part(0, middle)).await {
                high = middle;
            } else {
                low = middle;
            }
        }
        let (mut start, mut too_far) = (0, high);
        while !is_length && too_far - start > 1 {
            let middle = start.midpoint(too_far);
            if self.write(&slot, part(middle, high)).await {
                start = middle;
            } else {
                too_far = middle;
            }
        }
        if let Some(text) = slot.of(&self.smallest)
            && !text.is_ascii()
            && text != "é"
        {
            self.write(&slot, "é".repeat(characters(&text).count())).await;
        }
    }

    async fn write(&mut self, slot: &Slot, text: String) -> bool {
        let mut candidate = self.smallest.clone();
        slot.put(&mut candidate, text);
        self.keep(candidate).await
    }

    /// Leaves as few blanks as will do.
    async fn blanks(&mut self) {
        let mut count = 0;
        self.smallest.clone().each(&mut |part| count += usize::from(matches!(part, Part::Blanks(..))));
        for wanted in 0..count {
            if self.oracle.is_over() {
                return;
            }
            for shorter in ["", "\n", "\r\n"] {
                let mut candidate = self.smallest.clone();
                let mut at = 0;
                candidate.each(&mut |part| {
                    if let Part::Blanks(place, blanks) = part {
                        let is_gap = matches!(place, Place::BehindColon | Place::BehindComma);
                        if at == wanted && blanks.len() > shorter.len() && !(is_gap && blanks == " ") {
                            *blanks = shorter.to_owned();
                        }
                        at += 1;
                    }
                });
                if self.keep(candidate).await {
                    break;
                }
            }
        }
    }
}

const NO_HEADERS: [(&str, &str); 0] = [];
