//! The right that an operation of the API needs, as a type: what is asked for before the operation runs is what the
//! document tells of it, since both are read off here.

use std::{marker::PhantomData, ops::Deref};

use poem::{Request, RequestBody};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, registry::Registry};

use crate::{
    error::Error,
    types::{Caller, Scope},
};

/// The scopes that an operation asks for: all of them.
pub trait Right: Send + Sync + 'static {
    /// The one that the operation is about, first.
    const SCOPES: &'static [Scope];
}

macro_rules! rights {
    ($($name:ident: $($scope:ident)+),*) => {$(
        #[doc = concat!("Asks for", $(" [`Scope::", stringify!($scope), "`]",)+ ".")]
        pub struct $name;

        impl Right for $name {
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),+];
        }
    )*};
}

rights!(
    RecordsRead: RecordsRead,
    // Who changes an entry is told what stands there.
    RecordsWrite: RecordsWrite RecordsRead,
    LearnersWrite: LearnersWrite,
    PortfolioRead: PortfolioRead,
    PortfolioWrite: PortfolioWrite PortfolioRead
);

/// A caller whose token or session has a right; everybody else is refused (403) before anything else of the request is
/// read. The rules ask again.
pub struct With<R>(Caller, PhantomData<fn() -> R>);

impl<R> With<R> {
    /// The caller alone.
    pub fn into_caller(self) -> Caller {
        self.0
    }
}

impl<R> Deref for With<R> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<'a, R: Right> ApiExtractor<'a> for With<R> {
    const TYPES: &'static [ApiExtractorType] = <Caller as ApiExtractor>::TYPES;
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Caller as ApiExtractor>::register(registry);
    }

    /// The scopes stand among the schemes, where [`super::openapi`] finds them.
    fn security_schemes() -> Vec<&'static str> {
        let mut told = <Caller as ApiExtractor>::security_schemes();
        told.extend(R::SCOPES.iter().map(|scope| scope.as_str()));
        told
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let caller = <Caller as ApiExtractor>::from_request(request, body, options).await?;
        match R::SCOPES.iter().find(|scope| !caller.scopes.has(**scope)) {
            None => Ok(Self(caller, PhantomData)),
            Some(lacking) => Err(Error::Forbidden(lacking.as_str()).into()),
        }
    }
}
