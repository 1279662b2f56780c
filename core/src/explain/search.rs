//! The search: one change at a time, then a change of the body with one of the secret.

use std::ops::ControlFlow;

use super::Limits;
use super::body::{Body, BodyChange};
use super::digest::{DigestChange, RECIPES, Recipe, State};
use super::header::{Claim, Family, HeaderChange};
use super::mend::Mend;
use super::pieces::Pieces;
use super::secret::{Key, SecretChange, changed, held};
use crate::secret::Secret;

/// What finishing a hash costs, in bytes hashed: two blocks for the inner hash, two for the outer.
const FINISH: u64 = 256;

/// How many changes of the body are tried before those of the secret, should a body be so large that
/// not all of them can be.
const LIKELY: usize = 22;

/// How many keys go over a body together. More need it made less often, fewer fit into what is left.
const TOGETHER: usize = 12;

/// Sizes at which readers of bodies stop: powers of two and of ten, and what frameworks and gateways
/// document, each in bytes.
const USUAL_SIZES: [usize; 37] = [
    255, 256, 512, 1_000, 1_024, 2_048, 4_096, 8_192, 10_000, 10_240, 16_384, 32_768, 50_000, 65_535, 65_536, 100_000,
    102_400, 128_000, 131_072, 200_000, 204_800, 250_000, 256_000, 262_144, 500_000, 512_000, 524_288, 1_000_000,
    1_048_576, 2_000_000, 2_097_152, 2_500_000, 2_621_440, 4_194_304, 4_500_000, 5_242_880, 6_291_456,
];

/// Whether readers of bodies often stop at this size.
pub(super) fn is_usual_size(size: usize) -> bool {
    USUAL_SIZES.contains(&size)
}

/// What reproduces the signature.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    pub(super) body: Option<BodyChange>,
    pub(super) edge: Option<Edge>,
    pub(super) secret: Option<SecretChange>,
    pub(super) digest: Option<DigestChange>,
    pub(super) header: Vec<HeaderChange>,
    /// Which secret it is, or was made of.
    secret_index: usize,
}

impl Cause {
    /// The codes of its changes.
    pub(super) fn codes(&self, body: &[u8]) -> Vec<&'static str> {
        let of_body = self.body.iter().map(|change| change.code).chain(self.edge.map(|edge| edge.code(body)));
        let of_key = self.secret.map(|change| change.code).into_iter().chain(self.digest.map(|change| change.code));
        of_body.chain(of_key).chain(self.header.iter().map(|change| change.code)).collect()
    }

    /// Which of the secrets went into the signature, as it is or in another form; `None` if none did.
    pub(super) fn secret_used(&self) -> Option<usize> {
        let is_bare = self.digest.is_some_and(|digest| digest.recipe == Recipe::BodyAlone);
        let is_unset = self.secret.is_some_and(|secret| secret.mend == Mend::NoSecret);
        (!is_bare && !is_unset).then_some(self.secret_index)
    }

    /// Whether the JSON was written in another way.
    pub(super) fn is_rewriting(&self) -> bool {
        self.body.as_ref().is_some_and(BodyChange::is_rewriting)
    }

    /// Writes the bytes that were signed.
    pub(super) fn make(&self, body: &Body<'_>, pieces: &mut Pieces<'_>) {
        match &self.body {
            Some(change) => drop(change.make(body, pieces)),
            None => {
                let until = if let Some(Edge::Until(size)) = self.edge { size } else { body.bytes.len() };
                pieces.push(body.bytes.get(..until).unwrap_or_default());
            }
        }
        if let Some(Edge::With(end)) = self.edge {
            pieces.push(end.as_bytes());
        }
    }
}

/// What can be tried in passing, without hashing the body again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// These bytes behind the body.
    With(&'static str),
    /// Only the first bytes, so many.
    Until(usize),
}

impl Edge {
    pub(super) fn code(self, body: &[u8]) -> &'static str {
        match self {
            Edge::With(_) => "body_line_end_added",
            Edge::Until(0) => "body_empty",
            Edge::Until(size) if body.get(size..).is_some_and(|rest| rest.trim_ascii().is_empty()) => {
                "body_line_end_dropped"
            }
            Edge::Until(_) => "body_cut",
        }
    }

    pub(super) fn mend(self, body: &[u8]) -> Mend {
        match self.code(body) {
            "body_empty" => Mend::Empty,
            "body_cut" => Mend::Cut,
            _ => Mend::Edges,
        }
    }
}

/// What came of a search.
pub(super) struct Outcome {
    pub(super) cause: Option<Cause>,
    /// How many combinations of body, secret and digest were compared.
    pub(super) tried: u64,
    /// Whether everything was tried that there is to try.
    pub(super) is_complete: bool,
}

pub(super) fn search(body: &Body<'_>, claims: &[Claim], secrets: &[Secret], limits: Limits) -> Outcome {
    let mut families: Vec<Family> = Vec::new();
    for claim in claims {
        if !families.contains(&claim.family) {
            families.push(claim.family);
        }
    }
    let mut search = Search { claims, families, left: limits.work, tried: 0, is_complete: true };
    let cause = if claims.is_empty() { None } else { search.run(body, secrets) };
    Outcome { cause, tried: search.tried, is_complete: search.is_complete }
}

struct Search<'a> {
    claims: &'a [Claim],
    families: Vec<Family>,
    /// How many bytes may still be hashed or written.
    left: u64,
    tried: u64,
    is_complete: bool,
}

/// Which key fits which claim, by their numbers.
struct Hit {
    key: usize,
    claim: usize,
    edge: Option<Edge>,
}

impl Search<'_> {
    fn run(&mut self, body: &Body<'_>, secrets: &[Secret]) -> Option<Cause> {
        let (held, changed) = (held(secrets), changed(secrets));
        let changes = body.changes();
        if let Some(cause) = self.as_it_came(body, &held) {
            return Some(cause);
        }
        let (likely, others) = changes.split_at_checked(LIKELY).unwrap_or((&changes, &[]));
        if let Some(cause) = likely.iter().find_map(|change| self.made_anew(body, change, &held)) {
            return Some(cause);
        }
        if let Some(cause) = changed.chunks(TOGETHER).find_map(|keys| self.as_it_came(body, keys)) {
            return Some(cause);
        }
        if let Some(cause) = self.other_digests(body, &held) {
            return Some(cause);
        }
        if let Some(cause) = others.iter().find_map(|change| self.made_anew(body, change, &held)) {
            return Some(cause);
        }
        if let Some(cause) = body.points().iter().find_map(|change| self.made_anew(body, change, &held)) {
            return Some(cause);
        }
        let pairs = changes.iter().flat_map(|change| changed.chunks(TOGETHER).map(move |keys| (change, keys)));
        pairs.into_iter().find_map(|(change, keys)| self.made_anew(body, change, keys))
    }

    /// The body as it is, its beginnings, and with line ends behind it.
    fn as_it_came(&mut self, body: &Body<'_>, keys: &[Key]) -> Option<Cause> {
        if !self.can_afford(body.bytes.len(), keys) {
            return None;
        }
        let length = body.bytes.len();
        let trimmed = body.bytes.trim_ascii_end().len();
        let unended = body.bytes.strip_suffix(b"\n").map_or(length, <[u8]>::len);
        let mut sizes: Vec<usize> = USUAL_SIZES.into_iter().filter(|size| *size < length).collect();
        sizes.extend([0, trimmed, unended].into_iter().filter(|size| *size < length));
        sizes.sort_unstable();
        sizes.dedup();
        let mut states = self.states(keys);
        if !self.spend((length as u64).saturating_mul(states.len() as u64)) {
            return None;
        }
        let mut beginning = None;
        let mut at = 0;
        for size in sizes.into_iter().chain([length]) {
            let piece = body.bytes.get(at..size).unwrap_or_default();
            for chunk in piece.chunks(16 * 1024) {
                states.iter_mut().for_each(|state| state.update(chunk));
            }
            at = size;
            let edge = (size < length).then_some(Edge::Until(size));
            let hit = self.compare(&states, b"", edge);
            // The whole body goes before its beginnings, should the secret sign both.
            beginning = if size == length { hit.or(beginning) } else { beginning.or(hit) };
        }
        let hit = beginning.or_else(|| self.line_ends(&states))?;
        Some(self.cause(hit, keys, None))
    }

    fn made_anew(&mut self, body: &Body<'_>, change: &BodyChange, keys: &[Key]) -> Option<Cause> {
        if !self.can_afford(body.bytes.len(), keys) {
            return None;
        }
        let mut states = self.states(keys);
        let each = 1 + states.len() as u64;
        let left = &mut self.left;
        let mut take = |piece: &[u8]| {
            let Some(rest) = left.checked_sub(each.saturating_mul(piece.len() as u64)) else {
                return ControlFlow::Break(());
            };
            *left = rest;
            states.iter_mut().for_each(|state| state.update(piece));
            ControlFlow::Continue(())
        };
        let mut pieces = Pieces::new(&mut take);
        let is_other = change.make(body, &mut pieces);
        if !pieces.end() {
            self.is_complete = false;
            return None;
        }
        if !is_other {
            return None;
        }
        let hit = self.compare(&states, b"", None).or_else(|| self.line_ends(&states))?;
        Some(self.cause(hit, keys, Some(change.clone())))
    }

    fn other_digests(&mut self, body: &Body<'_>, keys: &[Key]) -> Option<Cause> {
        for change in RECIPES {
            for (at, key) in keys.iter().enumerate() {
                for family in self.families.clone() {
                    if !self.spend((body.bytes.len() as u64).saturating_add(FINISH)) {
                        return None;
                    }
                    self.tried += 1;
                    let digest = change.recipe.digest(family, key.secret.bytes(), body.bytes);
                    if let Some(claim) = self.fitting(family, &digest) {
                        let hit = Hit { key: at, claim, edge: None };
                        return Some(Cause { digest: Some(change), ..self.cause(hit, keys, None) });
                    }
                }
            }
        }
        None
    }

    fn line_ends(&mut self, states: &[State]) -> Option<Hit> {
        ["\n", "\r\n"].into_iter().find_map(|end| self.compare(states, end.as_bytes(), Some(Edge::With(end))))
    }

    fn states(&self, keys: &[Key]) -> Vec<State> {
        let of_key = |key| self.families.iter().map(move |family| State::keyed(*family, key));
        keys.iter().flat_map(of_key).collect()
    }

    /// Finishes copies of the states behind a few more bytes.
    fn compare(&mut self, states: &[State], end: &[u8], edge: Option<Edge>) -> Option<Hit> {
        if !self.spend(FINISH.saturating_mul(states.len() as u64)) {
            return None;
        }
        for (at, state) in states.iter().enumerate() {
            let mut state = state.clone();
            state.update(end);
            self.tried += 1;
            let place = self.families.len().max(1);
            let family = self.families.get(at % place).copied()?;
            if let Some(claim) = self.fitting(family, &state.digest()) {
                return Some(Hit { key: at / place, claim, edge });
            }
        }
        None
    }

    fn fitting(&self, family: Family, digest: &[u8]) -> Option<usize> {
        self.claims.iter().position(|claim| claim.family == family && claim.fits(digest))
    }

    fn cause(&self, hit: Hit, keys: &[Key], body: Option<BodyChange>) -> Cause {
        let key = keys.get(hit.key);
        Cause {
            body,
            edge: hit.edge,
            secret: key.and_then(|key| key.change),
            digest: None,
            header: self.claims.get(hit.claim).map_or_else(Vec::new, |claim| claim.changes.clone()),
            secret_index: key.map_or(0, |key| key.index),
        }
    }

    /// Whether a body of this size can be made and hashed with all of the keys; what is not begun
    /// leaves its share to others.
    fn can_afford(&mut self, size: usize, keys: &[Key]) -> bool {
        let states = (keys.len() * self.families.len()) as u64;
        let can = (size as u64).saturating_mul(states.saturating_add(1)) <= self.left;
        self.is_complete &= can;
        can
    }

    fn spend(&mut self, work: u64) -> bool {
        let left = self.left.checked_sub(work);
        self.left = left.unwrap_or(self.left);
        self.is_complete &= left.is_some();
        left.is_some()
    }
}
