//! Who is asking, and what they may do.

use minicbor::{Decode, Encode};

use super::{AccountId, FamilyId, LearnerId, Timestamp};

/// What a member of a family may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Everything, members and deletion included.
    #[n(0)]
    Owner,
    /// The whole record.
    #[n(1)]
    Carer,
    /// Reads what is not private.
    #[n(2)]
    Viewer,
    /// Reads and adds to their own record, never what is private. No account: the parent's permission alone.
    #[n(3)]
    Learner,
}

impl Role {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Carer => "carer",
            Self::Viewer => "viewer",
            Self::Learner => "learner",
        }
    }

    /// The most that this role can ever be given.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Owner | Self::Carer => Scopes::ALL,
            Self::Viewer => Scopes::of(&[Scope::RecordsRead, Scope::PortfolioRead, Scope::AccountRead]),
            Self::Learner => Scopes::of(&[Scope::RecordsRead, Scope::RecordsWrite]),
        }
    }
}

/// One right of a token (RFC 6749, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read entries, learners and subjects.
    RecordsRead,
    /// Add, change and delete entries.
    RecordsWrite,
    /// See and set what is private.
    RecordsPrivate,
    /// Add and change learners and subjects.
    LearnersWrite,
    /// Read portfolios.
    PortfolioRead,
    /// Make and delete portfolios.
    PortfolioWrite,
    /// Read name and email of the account.
    AccountRead,
}

impl Scope {
    /// Every scope, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::RecordsRead,
        Self::RecordsWrite,
        Self::RecordsPrivate,
        Self::LearnersWrite,
        Self::PortfolioRead,
        Self::PortfolioWrite,
        Self::AccountRead,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::RecordsPrivate => "records:private",
            Self::LearnersWrite => "learners:write",
            Self::PortfolioRead => "portfolio:read",
            Self::PortfolioWrite => "portfolio:write",
            Self::AccountRead => "account:read",
        }
    }

    /// What it allows, for whoever writes a program.
    pub fn about(self) -> &'static str {
        match self {
            Self::RecordsRead => "Read entries, learners and subjects.",
            Self::RecordsWrite => "Add, change and delete entries.",
            Self::RecordsPrivate => "See and set what is private.",
            Self::LearnersWrite => "Add and change learners and subjects.",
            Self::PortfolioRead => "Read portfolios.",
            Self::PortfolioWrite => "Make and delete portfolios.",
            Self::AccountRead => "Read name and email of the account.",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Scopes(#[n(0)] u32);

impl Scopes {
    /// All of them.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// These and no others.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, scope| set | scope.bit()))
    }

    /// Whether the set holds the scope.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// What both sets hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

/// Who is asking: plain data, built only by `identify`, anew in every request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that is signed in, or that made the token; where a learner is signed in, their own id.
    pub account: AccountId,
    /// The one family that this request can reach.
    pub family: FamilyId,
    /// The account's role in it.
    pub role: Role,
    /// What this session or token may do, never more than the role.
    pub scopes: Scopes,
    /// If set, only these learners and their entries exist for the caller.
    pub learners: Option<Vec<LearnerId>>,
}

impl Caller {
    /// Whether private entries exist for the caller.
    pub fn sees_private(&self) -> bool {
        self.scopes.has(Scope::RecordsPrivate)
    }
}

/// What a request brings to prove who sends it.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// The session cookie's value.
    Session(&'a str),
    /// A bearer token (RFC 6750).
    Token(&'a str),
}

/// What a session tells beside who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Names the session: the hash of its secret.
    pub session: [u8; 32],
    /// When the person last proved in it who they are: by signing in, or where a page asked again.
    pub confirmed_at: Timestamp,
    /// Until when it opens the operator's pages.
    pub operator_until: Option<Timestamp>,
}

impl Standing {
    /// For so long a proof of who somebody is counts for sensitive acts.
    pub const CONFIRMED: std::time::Duration = std::time::Duration::from_mins(15);

    /// Whether the person proved lately enough who they are.
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        now.since(self.confirmed_at) < Self::CONFIRMED
    }
}

/// Who sent a request, once its credential was proved.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The account that is signed in.
    pub account: AccountId,
    /// What it reaches; none for an account that belongs to no family.
    pub caller: Option<Caller>,
    /// The session; none for a token.
    pub standing: Option<Standing>,
    /// Whether the credential's last use should be noted again.
    pub stale: bool,
}
