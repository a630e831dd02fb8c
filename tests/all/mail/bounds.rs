//! How much is sent and how much not, what becomes of messages that wait, and what is told where mail is not set up.

use hec::{
    accounts::{
        Email, allowance,
        post::{self, Kind},
    },
    admin::doctor::State,
};

use crate::{
    process::hec,
    support::{HASH, TestApp, scratch},
};

use super::{
    sending::{asks_for_a_test, doctor},
    server::MailServer,
    site, usual,
};

#[tokio::test]
async fn an_account_sends_a_few_an_hour_and_all_together_a_few_hundred_a_day() {
    let (app, server) = usual().await;
    let olive = app.operator("olive").await;
    for _ in 0..5 {
        asks_for_a_test(&olive).await;
    }
    olive.submit("/admin/mail/test", &[]).await.assert_sent_to("/admin/mail?notice=mail-too-much");
    // Notices have an allowance of their own.
    let account = olive.caller.account;
    assert!(app.app.db.read(|tx| allowance::has_room(tx, Kind::PasswordChanged, account)).unwrap());
    let many = app.app.db.write(move |tx| {
        let mut queued = 0;
        for number in 0..100 {
            let email = Email::parse(&format!("p{number}@example.org"))?;
            let one = hec::accounts::register(tx, number.to_string(), &email, &HASH, false)?.id;
            for guest in 0..6 {
                let guest = format!("g{number}-{guest}@example.org");
                queued += usize::from(post::queue(tx, Kind::Invitation, one, &guest, None)?);
            }
        }
        Ok(queued)
    });
    assert_eq!(many.await.unwrap(), allowance::A_DAY, "whatever tests there were");
    drop(server);
    app.days_pass(1);
    asks_for_a_test(&olive.opens_admin().await).await;
}

#[tokio::test]
async fn what_others_cause_keeps_nobody_from_links_and_notices() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await.caller.account;
    let done = app.app.db.write(move |tx| {
        let mut counts = [0_usize; 3];
        let kinds = [Kind::Reset, Kind::NewDevice, Kind::PasswordChanged];
        for number in 0..80 {
            let email = Email::parse(&format!("p{number}@example.org"))?;
            let one = hec::accounts::register(tx, number.to_string(), &email, &HASH, false)?.id;
            for (kind, count) in kinds.iter().zip(&mut counts) {
                while post::queue(tx, *kind, one, email.as_str(), None)? {
                    *count += 1;
                }
            }
        }
        // Each sort has its part; beyond it every account still gets its first.
        let first = kinds.map(|kind| post::queue(tx, kind, ana, "ana@example.org", None));
        let second = kinds.map(|kind| post::queue(tx, kind, ana, "ana@example.org", None));
        let other = allowance::has_room(tx, Kind::EmailChanged, ana)?;
        let apart = allowance::has_room(tx, Kind::Invitation, ana)?;
        Ok((counts, first.map(Result::unwrap), second.map(Result::unwrap), other, apart))
    });
    let (counts, first, second, other, apart) = done.await.unwrap();
    assert_eq!(counts, [300 + 20, 300 + 50, 300 + 65]);
    assert_eq!((first, second), ([true; 3], [false; 3]));
    assert!(other && apart);
}

#[tokio::test]
async fn an_account_gets_ten_links_a_day_and_is_told_of_every_changed_password() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await.caller.account;
    let queue =
        async |kind| app.app.db.write(move |tx| post::queue(tx, kind, ana, "ana@example.org", None)).await.unwrap();
    let (mut links, mut notices, mut devices) = (0, 0, 0);
    for hour in 0..4 {
        for _ in 0..12 {
            links += usize::from(queue(Kind::Reset).await);
            devices += usize::from(queue(Kind::NewDevice).await);
            if hour == 0 {
                notices += usize::from(queue(Kind::PasswordChanged).await);
            }
        }
        app.minutes_pass(60);
    }
    assert_eq!((links, devices, notices), (10, 20, 12));
    assert!(queue(Kind::EmailChanged).await && queue(Kind::FactorOff).await);
    app.days_pass(1);
    assert!(queue(Kind::Reset).await && queue(Kind::NewDevice).await);
}

#[tokio::test]
async fn an_address_gets_five_a_day_whoever_sends_them_and_whatever_became_of_them() {
    let (app, server) = usual().await;
    let (ana, ben) = (app.parent("ana").await.caller.account, app.parent("ben").await.caller.account);
    let queue = async |kind, account, to: &'static str| {
        app.app.db.write(move |tx| post::queue(tx, kind, account, to, None)).await.unwrap()
    };
    for kind in [Kind::Invitation, Kind::FamilyInvitation, Kind::Confirm] {
        assert!(queue(kind, ana, "guest@example.org").await);
    }
    app.sends().await;
    // Who deletes an account and makes another one begins no new count.
    app.app.db.write(move |tx| post::forget(tx, ana)).await.unwrap();
    assert!(app.messages().iter().all(|message| message.account.is_none() && message.to.is_none()));
    for _ in 0..2 {
        assert!(queue(Kind::FamilyInvitation, ben, "Guest@Example.org").await);
    }
    assert!(!queue(Kind::FamilyInvitation, ben, "guest@example.org").await);
    assert!(!queue(Kind::Confirm, ben, "guest@example.org").await);
    assert!(queue(Kind::FamilyInvitation, ben, "other@example.org").await);
    assert!(queue(Kind::Reset, ben, "guest@example.org").await, "nobody keeps a link away by invitations");
    app.days_pass(1);
    assert!(queue(Kind::FamilyInvitation, ben, "guest@example.org").await);
    app.app.db.write(post::sweep).await.unwrap();
    let known = app.messages().iter().filter(|message| message.whom.is_some()).count();
    assert_eq!(known, 1, "after a day nothing is known of an address");
    drop(server);
}

#[tokio::test]
async fn one_that_was_put_off_and_withdrawn_is_told_in_words() {
    let server = MailServer::start(&["plain", "--answer", "451 later"]);
    let app = site(server.plain()).await;
    let olive = app.operator("olive").await;
    olive.submit("/account/email", &[("email", "anna@example.org")]).await.assert(303);
    app.sends().await;
    assert_eq!(app.last(), ("confirm", "queued", Some("later".to_owned())));
    olive.submit("/account/email/cancel", &[]).await.assert(303);
    assert_eq!(app.last(), ("confirm", "failed", Some("withdrawn".to_owned())));
    let page = olive.visit("/admin/mail").await.assert(200).assert_says("It was not needed any more");
    page.assert_silent_about("mail-why");
}

#[tokio::test]
async fn where_mail_is_not_set_up_nothing_asks_for_it() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    olive
        .visit("/admin/mail")
        .await
        .assert(200)
        .assert_says("Mail is not set up")
        .assert_silent_about("Send me a test");
    olive.submit("/admin/mail/test", &[]).await.assert_sent_to("/admin/mail");
    assert_eq!(doctor(&app), (State::Ok, "not set up, and nothing needs it".to_owned()));
    olive.visit("/admin/invitations").await.assert(200).assert_silent_about("Send it to this address");
    olive.submit("/admin/invitations", &[("whom", ""), ("email", "guest@example.org")]).await.assert(200);
    app.visit("/sign-in")
        .await
        .assert(200)
        .assert_says("Ask whoever runs this HEC")
        .assert_silent_about("/sign-in/forgotten");
    app.submit("/sign-in/forgotten", &[("email", "olive@example.org")])
        .await
        .assert(200)
        .assert_says("ask whoever runs");
    app.sends().await;
    assert!(app.messages().is_empty());
}

#[tokio::test]
async fn what_waited_through_a_long_stop_is_given_up_without_being_sent() {
    let (app, server) = usual().await;
    asks_for_a_test(&app.operator("olive").await).await;
    app.days_pass(1);
    app.sends().await;
    assert_eq!((app.last(), app.messages()[0].tries), (("test", "failed", None), 0));
    assert!(server.stop().is_empty());
    let commits = app.app.db.commits();
    app.sends().await;
    assert_eq!(app.app.db.commits(), commits, "an empty queue is looked at, and nothing is written");
}

#[tokio::test]
async fn an_account_that_is_deleted_takes_its_messages_with_it() {
    let (app, server) = usual().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    for person in [&ana, &ben] {
        person.submit("/account/email/check", &[]).await.assert(303);
    }
    let account = ana.caller.account;
    app.app.db.write(move |tx| hec::accounts::delete(tx, account)).await.unwrap();
    let left: Vec<_> = app.messages().iter().map(|one| (one.account, one.state.as_str())).collect();
    // For a day it still counts what went to the address, without saying whose it was.
    assert_eq!(left.len(), 2);
    assert!(left.contains(&(Some(ben.caller.account), "queued")));
    assert!(left.iter().all(|(whose, state)| whose.is_some() || *state != "queued"), "{left:?}");
    assert!(left.iter().all(|(whose, _)| *whose != Some(account)), "{left:?}");
    drop(server);
}

#[test]
fn settings_that_do_not_go_together_are_refused_by_name() {
    let server = "smtps://mail.example.org";
    for (settings, said) in [
        (&[("mail-from", "hec@example.org")][..], "mail_from belongs to mail_server"),
        (&[("mail-server", server)], "mail_from: mail_server needs"),
        (
            &[("mail-server", server), ("mail-from", "a@example.org"), ("mail-user", "a")],
            "mail_password_file: mail_user needs",
        ),
        (&[("mail-server", server), ("mail-from", "a@example.org"), ("mail-password-file", "/x")], "mail_user: "),
    ] {
        let mut command = hec(&[&"config", &"explain"]);
        for (name, value) in settings {
            command.arg(format!("--{name}={value}"));
        }
        crate::process::answer(&mut command).refused(said);
    }
    let folder = tempfile::tempdir().unwrap();
    let credential = folder.path().join("hec.mail-password");
    std::fs::write(&credential, "secret-of-the-mailbox").unwrap();
    let mut command = hec(&[&"config", &"explain"]);
    command.args(["--mail-server", server, "--mail-from", "a@example.org", "--mail-user", "a"]);
    let told = crate::process::answer(command.env("CREDENTIALS_DIRECTORY", folder.path())).done();
    assert!(told.contains(&format!("mail_password_file = {}", credential.display())), "{told}");
    assert!(!told.contains("secret-of-the-mailbox"));
}

#[test]
fn the_support_bundle_names_neither_server_nor_mailbox() {
    let folder = scratch();
    let data = folder.path().join("data");
    crate::process::seed(&data, 1, 1);
    let password = folder.path().join("password");
    let mut command = hec(&[&"support", &"--data", &data, &"--mail-password-file", &password]);
    command.args([
        "--mail-server",
        "smtps://box.house.test",
        "--mail-from",
        "oak@house.test",
        "--mail-user",
        "oakfamily",
    ]);
    // Its password is not there, so the server is never asked for.
    let told = crate::process::answer(command.env("HEC_ENVIRONMENT", "development")).done();
    assert!(told.contains("mail_server") && told.contains("smtps://name-"), "{told}");
    for word in ["house.test", "oakfamily", "oak@"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
}
