//! Switches that take one safeguard away each, so that the crash test can show that it would notice.

/// One safeguard, taken away.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// Overwrites evidence of the newest epoch at once, without a header-only epoch before.
    Seal,
    /// Leaves tag pages of abandoned epochs where they are.
    Scrub,
    /// Takes a header for complete without comparing the accumulator.
    Accumulator,
    /// Builds on what it finds without making that durable first.
    FsyncAtOpen,
}

/// Which safeguards are in force: all of them, except in the crash test's negative controls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Controls {
    without: Option<Without>,
}

impl Controls {
    /// For the crash test alone: a file that is broken on purpose.
    #[doc(hidden)]
    pub fn for_tests(without: Without) -> Self {
        Self { without: Some(without) }
    }

    pub(super) fn has(self, safeguard: Without) -> bool {
        self.without != Some(safeguard)
    }
}
