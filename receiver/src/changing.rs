//! What may be changed while requests are answered by it.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that is in force from one change to the next. Who asks keeps what was in force then.
pub(crate) struct Changing<T>(RwLock<Arc<T>>);

impl<T> Changing<T> {
    pub(crate) fn new(value: T) -> Self {
        Changing(RwLock::new(Arc::new(value)))
    }

    /// What is in force now, for as long as one request needs it.
    pub(crate) fn now(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}
