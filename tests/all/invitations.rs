//! Who may register: by an operator's invitation, anybody, or nobody.

use hec::{
    accounts::log::{self, Act},
    admin::invitation,
    config::Registration,
    types::Secret,
};

use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

async fn by_invitation() -> TestApp {
    TestApp::start_with(|config| config.registration = Registration::Invite).await
}

/// Makes an invitation on the operator's page; its secret.
async fn invites(olive: &Person, whom: &str) -> String {
    let page = olive.submit("/admin/invitations", &[("whom", whom)]).await.assert(200);
    assert_eq!(page.attributes("figure.code svg", "height").len(), 1, "and as a picture");
    let links = page.attributes("#invitation-link", "value");
    assert!(links.len() == 1 && links[0].starts_with("http://127.0.0.1:"), "{links:?}");
    links[0].split_once("/register?invitation=").unwrap().1.to_owned()
}

/// Fills the form in.
async fn registers(app: &TestApp, email: &str, invitation: &str) -> Reply {
    let fields = [
        ("name", "Ben"),
        ("email", email),
        ("password", PASSWORD),
        ("adult", "yes"),
        ("family", "Beech"),
        ("invitation", invitation),
    ];
    app.submit("/register", &fields).await
}

fn accounts(app: &TestApp) -> usize {
    app.app.db.read(hec::accounts::count).unwrap()
}

#[tokio::test]
async fn an_invitation_lets_one_family_in() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    app.visit("/register").await.assert(200).assert_says("come in by invitation");
    registers(&app, "ben@example.org", "").await.assert(403);
    let secret = invites(&olive, "The Beeches").await;
    let form = app.visit(&format!("/register?invitation={secret}")).await.assert(200);
    assert_eq!(form.attributes("input[name=invitation]", "value"), [secret.as_str()]);
    olive.visit("/admin/invitations").await.assert(200).assert_says("The Beeches").assert_silent_about(&secret);
    let done = registers(&app, "ben@example.org", &secret).await.assert_sent_to("/?notice=welcome");
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let home = app.client.get(format!("{}/", app.url)).header("cookie", cookie).reply().await;
    home.assert(200).assert_says("Beech");
    let page = app.visit(&format!("/register?invitation={secret}")).await.assert(404);
    page.assert_says("This invitation no longer works");
    registers(&app, "cat@example.org", &secret).await.assert(404).assert_says("This invitation no longer works");
    olive.visit("/admin/invitations").await.assert(200).assert_silent_about("The Beeches");
    assert_eq!(accounts(&app), 2);
    let ben = app.app.db.read(hec::accounts::all).unwrap().into_iter().find(|one| one.name == "Ben").unwrap();
    assert!(!ben.operator);
    let acts = |account| -> Vec<Act> {
        app.app.db.read(|tx| log::of_account(tx, account, 9)).unwrap().iter().map(|line| line.act).collect()
    };
    assert!(acts(olive.caller.account).contains(&Act::Invited));
    assert!(acts(ben.id).contains(&Act::Registered));
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_the_invitation() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    let secret = invites(&olive, "").await;
    let page = registers(&app, "olive@example.org", &secret).await.assert(422).assert_says("already has an account");
    assert_eq!(page.attributes("input[name=invitation]", "value"), [secret.as_str()]);
    registers(&app, "ben@example.org", &secret).await.assert_sent_to("/?notice=welcome");
}

#[tokio::test]
async fn of_two_who_use_it_at_once_one_gets_in() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    for round in 0..4 {
        let secret = invites(&olive, "").await;
        let emails = [format!("ben{round}@example.org"), format!("cat{round}@example.org")];
        let (one, two) = tokio::join!(registers(&app, &emails[0], &secret), registers(&app, &emails[1], &secret));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        assert_eq!(accounts(&app), 2 + round);
    }
}

#[tokio::test]
async fn it_ends_after_seven_days() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    let (used, unused) = (invites(&olive, "Used").await, invites(&olive, "Unused").await);
    app.days_pass(6);
    registers(&app, "ben@example.org", &used).await.assert(303);
    app.days_pass(1);
    registers(&app, "cat@example.org", &unused).await.assert(404);
    app.visit(&format!("/register?invitation={unused}")).await.assert(404);
    assert!(app.app.db.read(invitation::all).unwrap().is_empty());
    assert_eq!(app.app.db.write(invitation::sweep).await.unwrap(), 1);
}

#[tokio::test]
async fn one_that_is_withdrawn_no_longer_works() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    let (kept, withdrawn) = (invites(&olive, "Kept").await, invites(&olive, "Withdrawn").await);
    let open = app.app.db.read(invitation::all).unwrap();
    let taken_back = open.iter().find(|one| one.whom == "Withdrawn").unwrap();
    let path = format!("/admin/invitations/{}/withdraw", taken_back.id);
    olive.submit(&path, &[]).await.assert_sent_to("/admin/invitations?notice=invitation-withdrawn");
    olive.submit(&path, &[]).await.assert(404);
    registers(&app, "ben@example.org", &withdrawn).await.assert(404);
    registers(&app, "ben@example.org", &kept).await.assert(303);
    let lines = app.app.db.read(|tx| log::of_account(tx, olive.caller.account, 9)).unwrap();
    let told = lines.iter().find(|line| line.act == Act::InvitationWithdrawn).unwrap();
    assert_eq!((told.by.as_str(), told.about.as_str()), ("olive", "Withdrawn"));
}

#[tokio::test]
async fn only_an_operator_invites() {
    let app = by_invitation().await;
    let (olive, ben) = (app.operator("olive").await, app.parent("ben").await);
    invites(&olive, "").await;
    let id = app.app.db.read(invitation::all).unwrap()[0].id;
    let withdraw = format!("/admin/invitations/{id}/withdraw");
    ben.visit("/admin/invitations").await.assert(404);
    for path in ["/admin/invitations", withdraw.as_str()] {
        ben.submit(path, &[]).await.assert(404);
        app.submit(path, &[]).await.assert(401);
    }
    assert_eq!(app.app.db.read(invitation::all).unwrap().len(), 1);
}

#[tokio::test]
async fn a_hundred_are_open_and_no_more() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    let account = olive.caller.account;
    let many = app.app.db.write(move |tx| {
        for number in 0..invitation::MOST {
            let hash = Secret::random().unwrap().hash();
            invitation::make(tx, account, &number.to_string(), hash)?;
        }
        Ok(())
    });
    many.await.unwrap();
    let page = olive.submit("/admin/invitations", &[("whom", "One more")]).await.assert(422);
    page.assert_says("100 are open");
    let long = "x".repeat(invitation::WHOM_MAX + 1);
    olive.submit("/admin/invitations", &[("whom", &long)]).await.assert(422).assert_says("100 characters or fewer");
    app.days_pass(8);
    invites(&olive.opens_admin().await, "One more").await;
}

#[tokio::test]
async fn where_registration_is_off_no_invitation_helps_and_where_it_is_open_none_is_needed() {
    let app = TestApp::start_with(|config| config.registration = Registration::Off).await;
    let olive = app.operator("olive").await;
    let (secret, account) = (Secret::random().unwrap(), olive.caller.account);
    let hash = secret.hash();
    app.app.db.write(move |tx| invitation::make(tx, account, "", hash)).await.unwrap();
    let link = format!("/register?invitation={}", secret.expose());
    app.visit(&link).await.assert(200).assert_says("not open to new families");
    registers(&app, "ben@example.org", secret.expose()).await.assert(403);
    olive.visit("/admin/invitations").await.assert(200).assert_says("Registration is off");
    let open = TestApp::start().await;
    let olive = open.operator("olive").await;
    let secret = invites(&olive, "").await;
    registers(&open, "ben@example.org", "no-such-invitation").await.assert(303);
    registers(&open, "cat@example.org", &secret).await.assert(303);
    assert!(open.app.db.read(invitation::all).unwrap().is_empty(), "it is used up all the same");
}

#[tokio::test]
async fn of_the_link_a_hash_is_kept_and_nothing_more() {
    let app = by_invitation().await;
    let olive = app.operator("olive").await;
    let secret = invites(&olive, "").await;
    for row in crate::support::rows_of(&app.app.vault) {
        assert!(!row.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
}
