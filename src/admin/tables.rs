//! What every table of the store is: whose rows they are, and what becomes of them where a family goes or comes in
//! alone. A table that is not in here fails a test, and a backup with rows in one is not taken apart.

use crate::store::{Plain, Table};

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A family's; every key begins with the family. They go with it.
    Family(Along),
    /// An account's.
    Account(Along),
    /// The instance's own.
    Instance,
    /// Found by a secret, or waiting for something, and gone before long; they belong to nobody's record.
    Passing,
}

/// How rows come in with a family that is brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// Byte for byte, every row whose key begins with the family, or with an account that is brought in.
    AsTheyAre,
    /// Written anew by the room's own rule.
    ByRule,
    /// Not at all: they let somebody in, or are of a moment that is over.
    Never,
}

use Along::{AsTheyAre, ByRule, Never};
use Class::{Account, Family, Instance, Passing};

/// Every table, by name.
pub const TABLES: &[(&str, Class)] = &[
    // Families: the record itself.
    ("learners", Family(AsTheyAre)),
    ("subjects", Family(AsTheyAre)),
    ("entries", Family(AsTheyAre)),
    ("entries_deleted", Family(AsTheyAre)),
    ("entries_index", Family(AsTheyAre)),
    ("entries_words", Family(AsTheyAre)),
    ("attachments", Family(AsTheyAre)),
    ("attachment_space", Family(AsTheyAre)),
    ("portfolios", Family(AsTheyAre)),
    ("family_log", Family(AsTheyAre)),
    // Who belongs to it: accounts may have gone, or be others.
    ("families", Family(ByRule)),
    ("members_of_family", Family(ByRule)),
    // The operator's word, which is given anew.
    ("family_allowances", Family(Never)),
    // What lets somebody in: it may have been taken back since.
    ("family_invitations", Family(Never)),
    ("learner_sign_ins", Family(Never)),
    ("learner_doors", Family(Never)),
    ("tokens_owned", Family(Never)),
    ("oauth_grants", Family(Never)),
    // Accounts.
    ("second_factors", Account(AsTheyAre)),
    ("recovery_codes", Account(AsTheyAre)),
    ("short_passwords", Account(AsTheyAre)),
    ("account_log", Account(AsTheyAre)),
    ("accounts", Account(ByRule)),
    ("account_emails", Account(ByRule)),
    ("family_members", Account(ByRule)),
    ("passkeys", Account(ByRule)),
    ("passkey_owners", Account(ByRule)),
    ("sessions_of", Account(Never)),
    ("known_devices", Account(Never)),
    ("second_factor_setups", Account(Never)),
    ("email_changes", Account(Never)),
    ("password_resets_of", Account(Never)),
    ("password_resets_mailed_of", Account(Never)),
    ("oauth_apps_own", Account(Never)),
    // The instance.
    ("about", Instance),
    ("backup_instance", Instance),
    ("backup_rounds", Instance),
    ("backups_told", Instance),
    ("instance", Instance),
    ("instance_log", Instance),
    ("mail_key", Instance),
    ("oauth_apps", Instance),
    ("oauth_apps_same", Instance),
    ("oauth_apps_waiting", Instance),
    ("recovery_drill", Instance),
    ("settings_seen", Instance),
    ("tls_authority", Instance),
    ("tls_acme_accounts", Instance),
    ("tls_acme_certificate", Instance),
    ("tls_acme_ledger", Instance),
    ("upgrades", Instance),
    // What passes.
    ("sessions", Passing),
    ("setup_link", Passing),
    ("waiting_sign_ins", Passing),
    ("password_resets", Passing),
    ("mail", Passing),
    ("mail_queued", Passing),
    ("instance_invitations", Passing),
    ("family_invitation_links", Passing),
    ("tokens", Passing),
    ("oauth_codes", Passing),
    ("oauth_access", Passing),
    ("oauth_refresh", Passing),
];

/// The class of a table; none of one that this version does not know.
pub fn class(name: &str) -> Option<Class> {
    TABLES.iter().find(|(table, _)| *table == name).map(|(_, class)| *class)
}

/// The tables of some classes, to be read and written without looking into their rows.
pub fn of(which: impl Fn(Class) -> bool) -> impl Iterator<Item = Table<Plain, Plain>> {
    TABLES.iter().filter(move |(_, class)| which(*class)).map(|(name, _)| Table::new(name))
}
