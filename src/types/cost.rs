//! What hashing a password costs.

/// Argon2id's parameters.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many are hashed at a time.
    pub places: usize,
}

impl PasswordCost {
    /// 64 MiB and three passes: what a stolen hash should cost a thief.
    pub const STANDARD: Self = Self { memory: 65_536, passes: 3, places: 2 };
    /// OWASP's floor, for made-up families.
    pub const FLOOR: Self = Self { memory: 19_456, passes: 2, places: 2 };
}
