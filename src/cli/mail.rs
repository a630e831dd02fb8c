//! `hec mail test`: whether messages go.

use clap::{Args, Subcommand};

use crate::{
    accounts::{Email, letters},
    config::Config,
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    opening::Keys,
    verb::{self, Verb},
};

/// Try the mail server that the settings name
#[derive(Subcommand)]
pub enum Mail {
    Test(Test),
}

/// Send a message, and wait for what the mail server says
#[derive(Args)]
pub struct Test {
    /// To which address
    #[arg(long, value_name = "ADDRESS")]
    to: String,
}

impl Mail {
    pub fn run(self, config: &Config) -> Result<()> {
        let Self::Test(Test { to }) = self;
        verb::run(config, &Keys::new(config), Verb::MailTest { to }).map(drop)
    }
}

/// Sends a message, in words.
pub fn test(config: &Config, url: &str, to: &str, now: Timestamp) -> Result<String> {
    let Some(mail) = &config.mail else {
        return Err(Error::Refused("mail is not set up: mail_server and mail_from name the way".to_owned()));
    };
    let to = Email::parse(to)?;
    letters::try_out(config, url, to.as_str(), now).map_err(|failure| {
        let code = failure.code().map(|code| format!(" ({code})")).unwrap_or_default();
        Error::broken(format!("{} did not take it: {}{code}. `hec doctor` says more", mail.server, failure.as_str()))
    })?;
    Ok(format!("{} took a message to {}. Look whether it arrives.", mail.server, to.as_str()))
}
