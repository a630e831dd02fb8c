//! Words that every room speaks: ids, dates, times, who is asking.

mod access;
mod amount;
mod cost;
mod id;
mod if_match;
pub mod reference;
mod secret;
mod time;

pub use access::{Caller, Credential, Identity, Role, Scope, Scopes, Standing};
pub use amount::{Amount, NoAmount};
pub use cost::PasswordCost;
pub use id::{
    AccountId, AppId, AttachmentId, BlobId, EntryId, FamilyId, GrantId, Id, InvitationId, LearnerId, LineId, MailId,
    PortfolioId, SubjectId, TokenId, kind,
};
pub use if_match::IfMatch;
pub use reference::reference;
pub use secret::{Secret, hash_secret};
pub use time::{Clock, Date, Timestamp};
