//! Who may see these pages.

use std::ops::Deref;

use poem::{FromRequest, Request, RequestBody, http::Method};

use crate::{
    admin::instance::{self, Step},
    error::Error,
    http::auth::{Member, SignedIn},
};

/// Where a recovery code is made.
const NEW_CODE: &str = "/setup/keys/new";

/// An operator who is signed in. For everybody else there is no such page. Once the instance is set up, these pages
/// are opened like all of the operator's.
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
        let person = <SignedIn as FromRequest>::from_request(request, body).await?;
        if !person.described.operator || person.identity.as_ref().is_none_or(|(identity, _)| identity.caller.is_none())
        {
            return Err(Error::NotFound("page").into());
        }
        // A second press of the last button finds nothing to do.
        let ends = person.path == Step::Done.path() && *request.method() == Method::POST;
        if !ends && !person.app.db.read(instance::get)?.is_being_set_up() {
            person.open(request)?;
        } else if person.path == NEW_CODE {
            // Setting up may rest for months, with the page open: what opens the record is made by whoever proved who
            // they are.
            person.confirm(request)?;
        }
        let (member, standing) = person.into_member()?;
        Ok(Self { member, session: standing.session })
    }
}
