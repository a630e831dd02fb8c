//! On its way: encrypted or not at all, tried again, given up, and never lost.

use hec::{
    accounts::{
        Email,
        post::{self, Kind},
    },
    admin::doctor::{Patient, State, examine},
    config::mail::{Mail, Security},
    store::{self, Progress},
    types::Clock,
    wiring,
};

use crate::{
    process::{Server, hec},
    support::{HASH, Person, TestApp, rows_of, scratch},
};

use super::{
    server::{Authority, MailServer},
    site, usual,
};

pub(super) async fn asks_for_a_test(olive: &Person) {
    olive.submit("/admin/mail/test", &[]).await.assert_sent_to("/admin/mail?notice=mail-queued");
}

pub(super) fn doctor(app: &TestApp) -> (State, String) {
    let found = examine(&Patient::served(&app.app), false, &mut (Box::new(|_, _| {}) as Progress));
    let check = found.checks.into_iter().find(|check| check.name == "mail").unwrap();
    (check.state, check.found)
}

#[tokio::test]
async fn a_message_arrives_over_starttls_and_over_tls() {
    for (mode, security) in [("starttls", Security::StartTls), ("tls", Security::Tls)] {
        let authority = Authority::over(&["127.0.0.1"]);
        let mut server = authority.serves(mode, &["--user", "hec", "--password", "an app password"]);
        let account = Some(authority.account("hec", "an app password"));
        let app = site(Mail { account, root: Some(authority.root()), ..server.settings(security) }).await;
        let olive = app.operator("olive").await;
        assert_eq!(doctor(&app).0, State::Ok, "{:?}", doctor(&app));
        olive.visit("/admin/mail").await.assert(200).assert_says("Nothing was sent in the last 30 days");
        asks_for_a_test(&olive).await;
        olive.visit("/admin/mail").await.assert_says("Waiting");
        app.sends().await;
        let taken = server.next();
        assert_eq!((taken.to(), taken.subject()), ("olive@example.org", "A test message from HEC"));
        assert_eq!((taken.get("encrypted").as_bool(), taken.get("user").as_str()), (Some(true), Some("hec")));
        assert_eq!(taken.get("from"), "hec@mail.example.org");
        assert_eq!(taken.headers("from"), ["HEC <hec@mail.example.org>"]);
        assert_eq!(taken.headers("auto-submitted"), ["auto-generated"]);
        let id = format!("<{}@mail.example.org>", app.messages()[0].id);
        assert_eq!(taken.headers("message-id"), [id.as_str()]);
        assert!(taken.headers("date")[0].starts_with("Mon, 02 Mar 2026 10:00"), "{:?}", taken.headers("date"));
        assert!(taken.text().contains("http://hec.example.org:8080"), "{}", taken.text());
        assert!(!taken.text().contains("127.0.0.1"), "the settings say where links lead, not the request");
        let page = olive.visit("/admin/mail").await.assert(200).assert_says("Sent");
        page.assert_silent_about("olive@example.org");
        app.sends().await;
        assert!(server.stop().is_empty(), "once");
    }
}

#[tokio::test]
async fn a_server_that_cannot_prove_itself_gets_nothing() {
    let (authority, other) = (Authority::over(&["127.0.0.1"]), Authority::over(&["127.0.0.1"]));
    let elsewhere = Authority::over(&["mail.example.org"]);
    for (mode, security) in [("starttls", Security::StartTls), ("tls", Security::Tls)] {
        for (serves, trusted) in [(&authority, &other), (&elsewhere, &elsewhere)] {
            let server = serves.serves(mode, &[]);
            let app = site(Mail { root: Some(trusted.root()), ..server.settings(security) }).await;
            let olive = app.operator("olive").await;
            asks_for_a_test(&olive).await;
            app.sends().await;
            assert_eq!(app.last(), ("test", "queued", Some("tls".to_owned())));
            assert_eq!(doctor(&app).0, State::Fail);
            olive.visit("/admin/mail").await.assert_says("could not prove who it is");
            assert!(server.stop().is_empty());
        }
    }
    // Nor one that offers no encryption where some was asked for.
    let server = MailServer::start(&["plain"]);
    let app = site(server.settings(Security::StartTls)).await;
    asks_for_a_test(&app.operator("olive").await).await;
    app.sends().await;
    assert_eq!(app.last(), ("test", "queued", Some("tls".to_owned())));
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn a_password_that_is_wrong_or_gone_is_told_and_read_anew() {
    let authority = Authority::over(&["127.0.0.1"]);
    let mut server = authority.serves("tls", &["--user", "hec", "--password", "right"]);
    let account = authority.account("hec", "wrong");
    let file = account.password_file.clone();
    let mail = Mail { account: Some(account), root: Some(authority.root()), ..server.settings(Security::Tls) };
    let app = site(mail).await;
    asks_for_a_test(&app.operator("olive").await).await;
    app.sends().await;
    assert_eq!(app.last(), ("test", "queued", Some("sign-in".to_owned())));
    assert!(doctor(&app).1.contains("does not take user and password"));
    let modes = |mode| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let found = examine(&Patient::served(&app.app), false, &mut (Box::new(|_, _| {}) as Progress));
        found.checks.into_iter().find(|check| check.name == "modes").unwrap().found
    };
    assert!(modes(0o644).contains("password can be reached by others (mode 644)"), "{}", modes(0o644));
    assert!(!modes(0o640).contains("password"));
    std::fs::remove_file(&file).unwrap();
    app.minutes_pass(1);
    app.sends().await;
    assert_eq!(app.last(), ("test", "queued", Some("file".to_owned())));
    std::fs::write(&file, "right").unwrap();
    app.minutes_pass(5);
    app.sends().await;
    assert_eq!(app.last(), ("test", "sent", None));
    assert_eq!(server.next().to(), "olive@example.org");
}

#[tokio::test]
async fn while_the_server_is_down_a_message_waits_and_after_a_day_it_is_given_up() {
    let server = MailServer::start(&["plain"]);
    let (mail, port) = (server.plain(), server.port.to_string());
    drop(server);
    let app = site(mail).await;
    let olive = app.operator("olive").await;
    asks_for_a_test(&olive).await;
    app.sends().await;
    assert_eq!(app.last(), ("test", "queued", Some("unreachable".to_owned())));
    app.sends().await;
    assert_eq!(app.messages()[0].tries, 1, "not before its time");
    let mut server = MailServer::start(&["plain", "--port", &port]);
    app.minutes_pass(1);
    app.sends().await;
    assert_eq!(app.last(), ("test", "sent", None));
    server.next();
    drop(server);
    asks_for_a_test(&olive).await;
    let mut tries = 0;
    for _ in 0..24 * 60 {
        app.sends().await;
        tries = app.messages()[0].tries;
        app.minutes_pass(1);
    }
    let olive = olive.opens_admin().await;
    assert_eq!(app.last(), ("test", "failed", Some("unreachable".to_owned())));
    assert_eq!(tries, 9, "after 1, 5, 15, 60, 180 and then every 360 minutes");
    olive.visit("/admin/mail").await.assert(200).assert_says("Given up").assert_says("did not answer");
    app.days_pass(30);
    app.app.db.write(post::sweep).await.unwrap();
    assert!(app.messages().is_empty());
}

#[tokio::test]
async fn the_operators_page_tells_of_the_last_message_and_asks_no_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = MailServer::start(&["plain"]);
    let mut mail = server.plain();
    mail.server.port = listener.local_addr().unwrap().port();
    let app = site(mail).await;
    let olive = app.operator("olive").await;
    olive.visit("/admin").await.assert(200).assert_says("none was sent in the last 30 days");
    asks_for_a_test(&olive).await;
    olive.visit("/admin").await.assert(200).assert_says("the last one waits for its turn");
    olive.visit("/admin/support").await.assert(200);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
    drop(listener);
    app.sends().await;
    olive.visit("/admin").await.assert(200).assert_says("the last one has not gone yet");
    assert_eq!(doctor(&app).0, State::Fail);
}

#[tokio::test]
async fn a_no_is_final_and_a_not_now_is_not() {
    for (answer, state, why) in [("550 no such user", "failed", "refused"), ("451 later", "queued", "later")] {
        let server = MailServer::start(&["plain", "--answer", answer]);
        let app = site(server.plain()).await;
        let olive = app.operator("olive").await;
        asks_for_a_test(&olive).await;
        app.sends().await;
        assert_eq!(app.last(), ("test", state, Some(why.to_owned())));
        olive.visit("/admin/mail").await.assert_says(&answer[..3]).assert_silent_about("no such user");
    }
}

#[tokio::test]
async fn what_is_done_keeps_neither_address_nor_link() {
    let (app, mut server) = usual().await;
    let olive = app.operator("olive").await;
    let sent = olive.submit("/admin/invitations", &[("whom", ""), ("email", "guest@example.org")]).await.assert(200);
    sent.assert_says("A message with the link is on its way");
    olive.visit("/admin/mail").await.assert(200).assert_silent_about("guest@example.org");
    let holds = |words: &str| {
        rows_of(&app.app.vault).iter().any(|row| row.windows(words.len()).any(|part| part == words.as_bytes()))
    };
    assert!(holds("guest@example.org"));
    app.sends().await;
    let taken = server.next();
    assert_eq!(taken.to(), "guest@example.org");
    let secret = taken.secret("/register?invitation=");
    assert!(!holds("guest@example.org") && !holds(&secret));
    app.visit(&format!("/register?invitation={secret}")).await.assert(200).assert_says("First child");
    for disk in app.disk() {
        assert!(!disk.windows(secret.len()).any(|part| part == secret.as_bytes()), "it lies in the sealed file only");
    }
}

#[tokio::test]
async fn nobody_writes_headers_or_adds_recipients() {
    let (app, mut server) = usual().await;
    let olive = app.operator("olive").await;
    for email in [
        "guest@example.org\r\nBcc: eve@example.org",
        "guest@example.org\nBcc: eve@example.org",
        "guest@example.org, eve@example.org",
        "guest@example.org eve@example.org",
        "Guest <guest@example.org>",
    ] {
        let page = olive.submit("/admin/invitations", &[("whom", ""), ("email", email)]).await.assert(422);
        page.assert_says("email-error");
        olive.submit("/account/email", &[("email", email)]).await.assert(422);
        olive.submit("/family/invitations", &[("role", "viewer"), ("email", email)]).await.assert(422);
    }
    for name in ["Olive\r\nBcc: eve@example.org", "Olive\nSubject: x"] {
        olive.submit("/account/details", &[("name", name)]).await.assert(422);
    }
    assert!(app.messages().is_empty());
    // What people call themselves, their family and the instance is no part of a message but for the last one's name.
    let named = [("name", "<b>Oak & Ash</b> \"x\" <eve@example.org>, Öl")];
    olive.submit("/setup/name", &named).await.assert(303);
    olive.submit("/account/details", &[("name", "Visit http://evil.example")]).await.assert(303);
    olive.submit("/family/invitations", &[("role", "viewer"), ("email", "guest@example.org")]).await.assert(200);
    app.sends().await;
    let taken = server.next();
    assert_eq!(taken.to(), "guest@example.org");
    assert_eq!(
        (taken.headers("from").len(), taken.headers("to"), taken.headers("bcc").len()),
        (1, vec!["guest@example.org"], 0)
    );
    assert!(taken.headers("from")[0].ends_with("<hec@mail.example.org>"), "{:?}", taken.headers("from"));
    assert!(!taken.raw().contains("evil.example") && !taken.raw().contains("Family of olive"), "{}", taken.raw());
    taken.secret("/family/join?invitation=");
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn addresses_in_other_letters_arrive_where_the_server_takes_them_and_are_told_where_not() {
    let cases = [("jörg@example.org", "jörg@example.org"), ("jorg@bücher.example", "jorg@xn--bcher-kva.example")];
    for utf8 in [true, false] {
        let mut server = MailServer::start(if utf8 { &["plain"] } else { &["plain", "--no-utf8"] });
        let app = site(server.plain()).await;
        let olive = app.operator("olive").await;
        for (email, to) in cases {
            olive.submit("/admin/invitations", &[("whom", ""), ("email", email)]).await.assert(200);
            app.sends().await;
            if utf8 || to.is_ascii() {
                assert_eq!(server.next().to(), to);
            } else {
                assert_eq!(app.last(), ("invitation", "failed", Some("address".to_owned())));
                olive.visit("/admin/mail").await.assert_says("cannot write to such an address");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_us_is_asked_once_each_pause_however_many_wait() {
    let authority = Authority::over(&["127.0.0.1"]);
    let server = authority.serves("tls", &["--user", "hec", "--password", "right"]);
    let mail =
        |account| Mail { account: Some(account), root: Some(authority.root()), ..server.settings(Security::Tls) };
    let app = site(mail(authority.account("hec", "wrong"))).await;
    let olive = app.operator("olive").await;
    for _ in 0..4 {
        asks_for_a_test(&olive).await;
    }
    let tries = || app.messages().iter().map(|message| message.tries).collect::<Vec<_>>();
    for (pause, tried) in [(1, 1), (5, 2), (15, 3)] {
        app.sends().await;
        assert_eq!(tries(), [tried; 4]);
        assert!(app.messages().iter().all(|message| message.why.as_deref() == Some("sign-in")));
        assert!(app.app.db.read(post::due).unwrap().is_empty(), "nobody asks again in five seconds");
        app.sends().await;
        assert_eq!(tries(), [tried; 4]);
        app.minutes_pass(pause);
        assert_eq!(app.app.db.read(post::due).unwrap().len(), 4);
    }
    authority.account("hec", "right");
    app.sends().await;
    assert!(app.messages().iter().all(|message| message.state == post::State::Sent));
    assert_eq!(server.stop().len(), 4);
}

#[test]
fn a_message_whose_sending_was_cut_off_is_sent_by_the_next_start() {
    let folder = scratch();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let opened = store::create_development(&data, Clock::System, wiring::MIGRATIONS).unwrap();
    opened
        .db
        .write_blocking(|tx| {
            let email = Email::parse("olive@example.org")?;
            let olive = hec::accounts::register(tx, "olive".to_owned(), &email, &HASH, true)?;
            post::queue(tx, Kind::Test, olive.id, "olive@example.org", None)
        })
        .unwrap();
    opened.db.close();
    drop(opened);
    let mut holds = MailServer::start(&["plain", "--hold"]);
    let url = format!("smtp://127.0.0.1:{}", holds.port);
    let serve = || {
        let mut command = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &data]);
        command.args(["--mail-server", &url, "--mail-from", "hec@mail.example.org"]);
        Server::serve_by(command.env("HEC_ENVIRONMENT", "development"))
    };
    let server = serve();
    let first = holds.next();
    server.kill();
    let port = holds.port.to_string();
    drop(holds);
    let mut takes = MailServer::start(&["plain", "--port", &port]);
    let server = serve();
    let second = takes.next();
    assert_eq!(first.headers("message-id"), second.headers("message-id"), "whoever got both can tell");
    let (_, _, log) = server.stop_and_tell();
    assert!(!log.contains("olive@example.org"), "{log}");
}

#[test]
fn the_command_line_tries_the_way_and_says_what_does_not_go() {
    let folder = scratch();
    let data = folder.path().join("data");
    let mut server = MailServer::start(&["plain"]);
    let url = format!("smtp://127.0.0.1:{}", server.port);
    crate::process::seed(&data, 1, 1);
    let mail = |url: &str| {
        let mut command = hec(&[&"mail", &"test", &"--to", &"ana@example.org", &"--data", &data]);
        command.args(["--mail-server", url, "--mail-from", "hec@mail.example.org"]);
        crate::process::answer(command.env("HEC_ENVIRONMENT", "development"))
    };
    assert!(mail(&url).done().contains("took a message to ana@example.org"));
    assert_eq!(server.next().to(), "ana@example.org");
    drop(server);
    let failed = mail(&url);
    assert!(failed.code == 1 && failed.err.contains("unreachable"), "{}", failed.err);
    let refused = mail("smtp://mail.example.org");
    assert!(refused.code == 2 && refused.err.contains("in plain text"), "{}", refused.err);
    let mut without = hec(&[&"mail", &"test", &"--to", &"ana@example.org", &"--data", &data]);
    crate::process::answer(without.env("HEC_ENVIRONMENT", "development")).refused("mail is not set up");
}
