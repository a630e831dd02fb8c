//! Messages, by a mail server that is somebody else's program.

mod alarms;
mod change;
mod forgotten;
mod sending;
mod server;

use hec::{
    accounts::{
        letters,
        post::{self, Message},
    },
    config::mail::Mail,
};

use crate::support::{Person, TestApp};

use server::MailServer;

/// Where links lead.
const ORIGIN: &str = "http://hec.example.org:8080";

/// A site that sends through a server.
async fn site(mail: Mail) -> TestApp {
    TestApp::start_with(|config| {
        config.names = vec!["hec.example.org".to_owned()];
        config.listen = vec![([127, 0, 0, 1], 8080).into()];
        config.mail = Some(mail);
    })
    .await
}

/// A site with a server that takes everything.
async fn usual() -> (TestApp, MailServer) {
    let server = MailServer::start(&["plain"]);
    (site(server.plain()).await, server)
}

impl TestApp {
    /// What the job does every few seconds.
    async fn sends(&self) {
        let app = self.app.clone();
        tokio::task::spawn_blocking(move || letters::send_due(&app)).await.unwrap().unwrap();
    }

    /// The last messages, newest first.
    fn messages(&self) -> Vec<Message> {
        self.app.db.read(|tx| post::recent(tx, 1_000)).unwrap()
    }

    /// Kind, state and reason of the last message.
    fn last(&self) -> (&'static str, &'static str, Option<String>) {
        let last = self.messages().remove(0);
        (last.kind.as_str(), last.state.as_str(), last.why)
    }

    /// Somebody whose address is proved.
    async fn proved(&self, server: &mut MailServer, name: &str) -> Person {
        let person = self.parent(name).await;
        self.proves(server, &person).await;
        person
    }

    /// Somebody proves their address.
    async fn proves(&self, server: &mut MailServer, person: &Person) {
        person.submit("/account/email/check", &[]).await.assert_sent_to("/account/email?notice=email-asked");
        self.sends().await;
        let token = server.next().secret("/account/email/confirm?token=");
        let done = person.submit("/account/email/confirm", &[("token", &token)]).await;
        done.assert_sent_to("/account?notice=email-proved");
    }
}
