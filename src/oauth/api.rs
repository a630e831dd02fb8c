//! `me`: who the caller is.

use poem_openapi::{Object, OpenApi, payload::Json};

use crate::{
    accounts,
    app::App,
    error::Result,
    families,
    http::tags::Tag,
    types::{Caller, Scope},
};

/// The operations.
pub struct Api {
    /// The instance.
    pub app: App,
}

/// Who is asking, and what the credential may do.
#[derive(Object)]
struct Me {
    /// The account's id; a learner's own where a learner is signed in.
    account: String,
    /// The account's name; `null` without the scope `account:read`.
    name: Option<String>,
    /// The account's email; `null` without the scope `account:read`.
    email: Option<String>,
    /// The one family that this credential reaches.
    family: FamilyRef,
    /// `owner`, `carer`, `viewer` or `learner`.
    role: String,
    /// What this credential may do.
    scopes: Vec<String>,
}

/// A family.
#[derive(Object)]
struct FamilyRef {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// The IANA zone in which dates are civil dates.
    time_zone: String,
}

#[OpenApi(prefix_path = "/api/v1")]
impl Api {
    /// Who am I?
    #[oai(path = "/me", method = "get", tag = "Tag::Account", operation_id = "me")]
    async fn me(&self, caller: Caller) -> Result<Json<Me>> {
        let told = caller.scopes.has(Scope::AccountRead);
        let (account, family) = self.app.db.read(|tx| {
            let account = told.then(|| accounts::get(tx, caller.account)).transpose()?;
            Ok((account, families::get(tx, caller.family)?))
        })?;
        let (name, email) = account.map(|account| (account.name, account.email)).unzip();
        Ok(Json(Me {
            account: caller.account.to_string(),
            name,
            email,
            family: FamilyRef { id: family.id.to_string(), name: family.name, time_zone: family.time_zone },
            role: caller.role.as_str().to_owned(),
            scopes: caller.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        }))
    }
}
