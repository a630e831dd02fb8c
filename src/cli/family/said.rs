//! What whoever holds the store answers, and its words.

use serde::{Deserialize, Serialize};

use crate::{
    admin::bringing::{Held, How, Person},
    backup::format::Head,
    cli::backup::{moment, size, when},
    types::Timestamp,
};

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Said {
    /// The backup is sealed with another key than the store: somebody must say what opens it.
    Sealed {
        /// Which backup.
        backup: Backup,
    },
    /// The families of a backup.
    Families {
        /// Which backup.
        backup: Backup,
        /// Places that could not be looked at, and why.
        passed: Vec<String>,
        /// By count and size.
        families: Vec<Family>,
    },
    /// What would be done, or was.
    Family {
        /// Which backup.
        backup: Backup,
        /// Newer ones, in which the family was not found, and places that could not be looked at; each with the reason.
        passed: Vec<String>,
        /// The family.
        family: Family,
        /// Who belongs to it.
        people: Vec<Member>,
        /// How many bytes of photos were written; none where nothing was done.
        written: Option<u64>,
    },
}

/// A backup.
#[derive(Debug, Serialize, Deserialize)]
pub struct Backup {
    /// At which destination.
    pub destination: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: String,
    /// By which version.
    pub version: String,
    /// Whether it was read back and found good before.
    pub proven: bool,
    /// Whether it is another instance's.
    pub moved: bool,
}

impl Backup {
    /// Of a head.
    pub fn of(destination: &str, head: &Head, proven: bool, moved: bool) -> Self {
        Self {
            destination: destination.to_owned(),
            name: head.name.clone(),
            made: moment(head.made),
            version: head.version.clone(),
            proven,
            moved,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        let of = if self.moved { ", of another HEC" } else { "" };
        let proven = if self.proven { "" } else { "; it was not read back before" };
        let made = self
            .made
            .parse::<jiff::Timestamp>()
            .map_or_else(|_| self.made.clone(), |at| when(Timestamp::from_millis(at.as_millisecond())));
        let Self { destination, name, version, .. } = self;
        format!("The backup {name} at {destination}, made {made} by HEC {version}{of}{proven}.")
    }
}

/// A family, by count and size: its name is the family's own business.
#[derive(Debug, Serialize, Deserialize)]
pub struct Family {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created_at: String,
    /// Adults.
    pub members: usize,
    /// Children.
    pub learners: usize,
    /// Entries.
    pub entries: usize,
    /// Photos.
    pub photos: usize,
    /// Bytes of the photos.
    pub bytes: u64,
    /// Whether it lives here.
    pub lives_here: bool,
    /// Whether an owner had asked for it to be deleted.
    pub deletion_asked: bool,
}

impl Family {
    /// Of what a backup holds.
    pub fn of(held: &Held, lives_here: bool) -> Self {
        Self {
            id: held.id.to_string(),
            created_at: moment(held.created_at),
            members: held.members,
            learners: held.learners,
            entries: held.entries,
            photos: held.photos,
            bytes: held.bytes,
            lives_here,
            deletion_asked: held.deletion,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        let count = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        format!(
            "{}  since {}  {}, {}, {}, {} ({}){}",
            self.id,
            self.created_at.get(..10).unwrap_or(&self.created_at),
            count(self.members, "adult", "adults"),
            count(self.learners, "child", "children"),
            count(self.entries, "entry", "entries"),
            count(self.photos, "photo", "photos"),
            size(self.bytes),
            if self.lives_here { "  lives here" } else { "  is not here" }
        )
    }
}

/// A way of coming in, as it is sent.
#[derive(Serialize, Deserialize)]
#[serde(remote = "How", rename_all = "kebab-case")]
enum HowSaid {
    Here,
    SameEmail,
    SameEmailUnproved,
    Back,
    LeftOut,
}

/// Who was said to come, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Agreed {
    /// Their account's id, in the backup.
    pub id: String,
    /// How they come in.
    #[serde(with = "HowSaid")]
    pub how: How,
}

/// Somebody who belongs to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Member {
    /// Their account's id, in the backup.
    pub id: String,
    /// Their email, in the backup.
    pub email: String,
    /// Their role.
    pub role: String,
    /// How they come in.
    #[serde(with = "HowSaid")]
    pub how: How,
    /// Whether they looked after the instance.
    pub operator: bool,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// How many passkeys.
    pub passkeys: usize,
}

impl Member {
    /// Of a plan.
    pub fn of(person: &Person) -> Self {
        Self {
            id: person.account.to_string(),
            email: person.email.clone(),
            role: person.role.as_str().to_owned(),
            how: person.how,
            operator: person.operator,
            second_factor: person.factor,
            passkeys: person.passkeys,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        let how = match self.how {
            How::Here => "has the account here still: it stays as it is, and belongs to the family again".to_owned(),
            How::SameEmail => "another account here has this email, which was proved: it belongs to the family then, \
                               with --same-email alone"
                .to_owned(),
            How::SameEmailUnproved => "another account here has this email, and NOBODY KNOWS WHETHER IT IS THE SAME \
                                       PERSON: ask them; it belongs to the family then, with --same-email alone"
                .to_owned(),
            How::LeftOut => "does not come".to_owned(),
            How::Back => {
                let factor = if self.second_factor { " and second factor" } else { "" };
                let passkeys = match self.passkeys {
                    0 => String::new(),
                    count => {
                        format!(", {count} passkeys (of use only where this HEC has the name that they were made for)")
                    }
                };
                let operator = if self.operator { "; does not look after this HEC" } else { "" };
                format!("the account comes back, with its password{factor} of that day{passkeys}{operator}")
            }
        };
        format!("  {}, {}: {how}", self.email, self.role)
    }
}

/// What does not come along, and who sees to it.
pub const LEFT: &str = "What lets somebody in does not come along: sessions and known devices, apps and tokens, invitations, and \
                        what children sign in with. Apps are let in anew, and a parent sets new words for each child.";

/// Words for a person.
pub fn words(said: &Said) -> String {
    let mut lines = Vec::new();
    match said {
        Said::Sealed { backup } => {
            lines.push(backup.words());
            lines.push("It is sealed with another key than this record.".to_owned());
        }
        Said::Families { backup, passed, families } => {
            lines.extend(passed.iter().cloned());
            lines.push(backup.words());
            lines.extend(families.iter().map(Family::words));
            lines.push(match families.len() {
                0 => "It holds no family.".to_owned(),
                _ => {
                    "Names stay with the families: ask for the name, or take the id (hec restore --family).".to_owned()
                }
            });
        }
        Said::Family { backup, passed, family, people, written } => {
            lines.extend(passed.iter().cloned());
            lines.push(backup.words());
            lines.push(family.words());
            if family.deletion_asked {
                lines.push("An owner had asked for it to be deleted: that is taken back.".to_owned());
            }
            lines.extend(people.iter().map(Member::words));
            match written {
                None => lines.push(LEFT.to_owned()),
                Some(written) => {
                    lines.push("The family is back. Every row and photo was checked.".to_owned());
                    if *written > 0 {
                        lines.push(format!("{} of photos were written.", size(*written)));
                    }
                    lines.push(LEFT.to_owned());
                    if people.iter().any(|person| person.how == How::Back) {
                        lines.push(
                            "Who has forgotten the password of that day: hec account reset-password EMAIL. Who has lost \
                             what makes codes: hec account disable-2fa EMAIL."
                                .to_owned(),
                        );
                    }
                }
            }
        }
    }
    lines.join("\n")
}
