//! Rows of messages on their way, and of addresses that wait to be proved.

use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    error::Result,
    row,
    store::{Descending, Mark, Read, Table, Write},
    types::{AccountId, MailId, Timestamp},
};

use super::super::{
    change::Waiting,
    post::{Kind, Message, State},
};

/// Newest first.
const MAIL: Table<(Descending<MailId>,), MailRow> = Table::new("mail");
const QUEUED: Table<(MailId,), Mark> = Table::new("mail_queued");
/// By what addresses are hashed.
const KEY: Table<(u8,), KeyRow> = Table::new("mail_key");
const CHANGES: Table<(AccountId,), ChangeRow> = Table::new("email_changes");

#[derive(Encode, Decode)]
struct MailRow {
    #[n(0)]
    kind: Kind,
    #[n(1)]
    state: State,
    #[n(2)]
    account: Option<AccountId>,
    /// None once it is done; so are the next two.
    #[n(3)]
    to: Option<String>,
    #[n(4)]
    secret: Option<String>,
    #[n(5)]
    detail: Option<String>,
    #[n(6)]
    made_at: Timestamp,
    #[n(7)]
    next_at: Timestamp,
    #[n(8)]
    tries: u32,
    #[n(9)]
    why: Option<String>,
    #[n(10)]
    code: Option<u16>,
    #[n(11)]
    whom: Option<ByteArray<32>>,
}
row!(MailRow, version 1);

#[derive(Encode, Decode)]
struct KeyRow {
    #[n(0)]
    key: ByteArray<32>,
}
row!(KeyRow, version 1);

#[derive(Encode, Decode)]
struct ChangeRow {
    #[n(0)]
    email: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[n(2)]
    asked_at: Timestamp,
}
row!(ChangeRow, version 1);

impl MailRow {
    fn into_message(self, id: MailId) -> Message {
        Message {
            id,
            kind: self.kind,
            state: self.state,
            account: self.account,
            to: self.to,
            secret: self.secret,
            detail: self.detail,
            made_at: self.made_at,
            next_at: self.next_at,
            tries: self.tries,
            why: self.why,
            code: self.code,
            whom: self.whom.map(Into::into),
        }
    }
}

/// Files a message, among the queued ones while it is.
pub(in crate::accounts) fn put_mail(tx: &mut Write, message: &Message) {
    let row = MailRow {
        kind: message.kind,
        state: message.state,
        account: message.account,
        to: message.to.clone(),
        secret: message.secret.clone(),
        detail: message.detail.clone(),
        made_at: message.made_at,
        next_at: message.next_at,
        tries: message.tries,
        why: message.why.clone(),
        code: message.code,
        whom: message.whom.map(Into::into),
    };
    tx.put(&MAIL, &(Descending(message.id),), &row);
    match message.state {
        State::Queued => tx.put(&QUEUED, &(message.id,), &Mark),
        State::Sent | State::Failed => tx.remove(&QUEUED, &(message.id,)),
    }
}

pub(in crate::accounts) fn mail(tx: &Read, id: MailId) -> Result<Option<Message>> {
    Ok(tx.get(&MAIL, &(Descending(id),))?.map(|row| row.into_message(id)))
}

/// Every message, newest first, read as they are asked for.
pub(in crate::accounts) fn all_mail(tx: &Read) -> impl Iterator<Item = Result<Message>> {
    tx.under(&MAIL, &()).map(|row| row.map(|((Descending(id),), row)| row.into_message(id)))
}

/// The queued ones, oldest first.
pub(in crate::accounts) fn queued_mail(tx: &Read) -> Result<Vec<Message>> {
    let ids = tx.under(&QUEUED, &()).map(|row| row.map(|((id,), Mark)| id)).collect::<Result<Vec<_>>>()?;
    ids.into_iter().filter_map(|id| mail(tx, id).transpose()).collect()
}

pub(in crate::accounts) fn remove_mail(tx: &mut Write, id: MailId) {
    tx.remove(&MAIL, &(Descending(id),));
    tx.remove(&QUEUED, &(id,));
}

pub(in crate::accounts) fn mail_key(tx: &Read) -> Result<Option<[u8; 32]>> {
    Ok(tx.get(&KEY, &(0,))?.map(|row| row.key.into()))
}

pub(in crate::accounts) fn put_mail_key(tx: &mut Write, key: [u8; 32]) {
    tx.put(&KEY, &(0,), &KeyRow { key: key.into() });
}

pub(in crate::accounts) fn put_change(tx: &mut Write, account: AccountId, waiting: &Waiting) {
    let row = ChangeRow { email: waiting.email.clone(), hash: waiting.hash, asked_at: waiting.asked_at };
    tx.put(&CHANGES, &(account,), &row);
}

pub(in crate::accounts) fn change(tx: &Read, account: AccountId) -> Result<Option<Waiting>> {
    let row = tx.get(&CHANGES, &(account,))?;
    Ok(row.map(|row| Waiting { email: row.email, hash: row.hash, asked_at: row.asked_at }))
}

pub(in crate::accounts) fn remove_change(tx: &mut Write, account: AccountId) {
    tx.remove(&CHANGES, &(account,));
}

/// Every account with an address that waits.
pub(in crate::accounts) fn all_changes(tx: &Read) -> Result<Vec<(AccountId, Timestamp)>> {
    tx.under(&CHANGES, &()).map(|row| row.map(|((account,), row)| (account, row.asked_at))).collect()
}
