//! Who may see these pages.

use std::ops::Deref;

use poem::{FromRequest, Request, RequestBody};

use crate::{
    error::Error,
    http::{
        auth::{Member, Visitor},
        cookie,
    },
    types::hash_secret,
};

/// An operator who is signed in. For everybody else there is no such page.
pub struct Operator {
    member: Member,
    /// The session's name: what is shown in it is for nobody else, not even for the same person elsewhere.
    pub session: [u8; 32],
}

impl Deref for Operator {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.member
    }
}

impl<'a> FromRequest<'a> for Operator {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let Visitor { app, identity, path, params } = <Visitor as FromRequest>::from_request(request, body).await?;
        let (identity, described) = identity.ok_or(Error::NotSignedIn)?;
        let caller = identity.caller.filter(|_| described.operator).ok_or(Error::NotFound("page"))?;
        let session = cookie::session(request).ok_or(Error::NotSignedIn)?;
        let member = Member { app, caller, described, path, params };
        Ok(Self { member, session: hash_secret(&session) })
    }
}
