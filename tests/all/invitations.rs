//! Who may register: by an operator's invitation, anybody, or nobody.

use hec::{
    accounts::log::{self, Act},
    admin::invitation,
    config::Registration,
    families::{self, Member},
    types::{Role, Secret},
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

/// Somebody who has an account and no family.
async fn alone(app: &TestApp, owner: &Person, name: &str) -> Person {
    let person = app.viewer_of(owner, name).await;
    person.submit("/family/leave", &[]).await.assert_sent_to("/family?notice=family-left");
    person
}

async fn begins(person: &Person, family: &str, invitation: &str) -> Reply {
    person.submit("/family/found", &[("family", family), ("invitation", invitation)]).await
}

fn families_of(app: &TestApp, person: &Person) -> Vec<Member> {
    let account = person.caller.account;
    app.app.db.read(|tx| families::memberships(tx, account)).unwrap()
}

#[tokio::test]
async fn an_account_without_a_family_begins_its_own_by_an_invitation() {
    let app = by_invitation().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    let vera = alone(&app, &ana, "vera").await;
    let secret = invites(&olive, "").await;
    let link = format!("/register?invitation={secret}");
    let form = vera.visit(&link).await.assert(200).assert_says("the account that you have is enough");
    assert_eq!(form.attributes("main form[action='/family/found'] input", "name"), ["invitation", "family"]);
    let again = begins(&vera, " ", &secret).await.assert(422).assert_says("Fill this in");
    assert_eq!(again.attributes("input[name=invitation]", "value"), [secret.as_str()]);
    let before = accounts(&app);
    begins(&vera, "The Veras", &secret).await.assert_sent_to("/?notice=welcome");
    vera.visit("/").await.assert(200).assert_says("The Veras");
    assert_eq!(accounts(&app), before);
    let member = families_of(&app, &vera)[0];
    assert_eq!((member.role, families_of(&app, &vera).len()), (Role::Owner, 1));
    assert!(
        vera.visit("/subjects").await.assert(200).text().contains("Nature study"),
        "with the subjects to begin with"
    );
    let told = vera.visit("/family/log").await.assert(200).words(".item > div");
    assert!(told[0].starts_with("vera began this record"), "{told:?}");
    let lines = app.app.db.read(|tx| log::of_account(tx, vera.caller.account, 9)).unwrap();
    assert!(lines.iter().any(|line| line.act == Act::FamilyBegun));
    begins(&vera, "Another", &secret).await.assert(404).assert_says("This invitation no longer works");
    vera.visit(&link).await.assert(404).assert_says("This invitation no longer works");
    registers(&app, "cat@example.org", &secret).await.assert(404);
}

#[tokio::test]
async fn whoever_has_a_family_begins_a_second_one_by_an_invitation_and_goes_from_one_to_the_other() {
    let app = by_invitation().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    begins(&ana, "Second", "").await.assert_sent_to("/family");
    assert_eq!(families_of(&app, &ana).len(), 1, "not without one");
    ana.visit("/register").await.assert(200).assert_says("come in by invitation");
    let secret = invites(&olive, "").await;
    ana.visit(&format!("/register?invitation={secret}")).await.assert_says("Nothing changes in Family of ana");
    begins(&ana, "Second", &secret).await.assert_sent_to("/?notice=welcome");
    let page = ana.visit("/").await.assert_says("Second").assert_says("Go to Family of ana");
    let home = page.attributes("button[name=family]", "value").remove(0);
    ana.submit("/family/switch", &[("family", &home)]).await.assert_sent_to("/");
    ana.visit("/").await.assert_says("Go to Second");
    assert!(families_of(&app, &ana).iter().all(|member| member.role == Role::Owner));
}

#[tokio::test]
async fn of_many_forms_with_one_invitation_one_makes_a_family() {
    let app = by_invitation().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    let (vera, carl) = (alone(&app, &ana, "vera").await, alone(&app, &ana, "carl").await);
    let secret = invites(&olive, "").await;
    let before = app.app.db.read(families::count).unwrap();
    let forms = [&vera, &carl, &vera, &carl, &vera].map(|person| begins(person, "Ours", &secret));
    let registered = registers(&app, "ben@example.org", &secret);
    let (mut done, registered) = tokio::join!(futures_util::future::join_all(forms), registered);
    done.push(registered);
    assert_eq!(done.iter().filter(|reply| reply.status == 303).count(), 1);
    assert!(done.iter().all(|reply| [303, 404].contains(&reply.status)));
    assert_eq!(app.app.db.read(families::count).unwrap(), before + 1);
}

#[tokio::test]
async fn whoever_is_signed_out_finds_the_way_from_an_invitation_to_it_by_signing_in() {
    let app = by_invitation().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    alone(&app, &ana, "vera").await;
    let link = format!("/register?invitation={}", invites(&olive, "").await);
    let page = app.visit(&link).await.assert(200).assert_says("Sign in to use this invitation");
    let door = page.attributes("main a", "href").into_iter().find(|to| to.starts_with("/sign-in?next=")).unwrap();
    let next = app.visit(&door).await.assert(200).attributes("main form input[name=next]", "value").remove(0);
    assert_eq!(next.replace("%5F", "_").replace("%2D", "-"), link);
    let fields = [("email", "vera@example.org"), ("password", PASSWORD), ("next", &*next)];
    let entered = app.submit("/sign-in", &fields).await.assert_sent_to(&next);
    let session = entered.session().unwrap();
    ana.in_session(session).visit(&link).await.assert(200).assert_says("You are signed in as vera");
}

#[tokio::test]
async fn where_registration_is_open_an_account_without_a_family_needs_no_invitation_and_where_it_is_off_none_helps() {
    let open = TestApp::start().await;
    let ana = open.parent("ana").await;
    let vera = alone(&open, &ana, "vera").await;
    for path in ["/family", "/register"] {
        let page = vera.visit(path).await.assert(200);
        assert_eq!(page.attributes("main form[action='/family/found'] input", "name"), ["family"], "{path}");
    }
    ana.visit("/register").await.assert(200).assert_says("You have an account already");
    let (one, two) = tokio::join!(begins(&vera, "Ours", ""), begins(&vera, "Ours", ""));
    assert_eq!((one.status, two.status, families_of(&open, &vera).len()), (303, 303, 1));

    let app = TestApp::start_with(|config| config.registration = Registration::Off).await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    let vera = alone(&app, &ana, "vera").await;
    let (secret, account) = (Secret::random().unwrap(), olive.caller.account);
    let hash = secret.hash();
    app.app.db.write(move |tx| invitation::make(tx, account, "", hash)).await.unwrap();
    let link = format!("/register?invitation={}", secret.expose());
    vera.visit(&link).await.assert(200).assert_says("not open to new families");
    begins(&vera, "Ours", secret.expose()).await.assert(403);
    assert!(families_of(&app, &vera).is_empty());
    assert_eq!(app.app.db.read(invitation::all).unwrap().len(), 1, "it is not used up");
}

#[tokio::test]
async fn a_child_and_another_site_use_no_invitation() {
    let app = by_invitation().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    let (wren, vera) = (ana.child().await, alone(&app, &ana, "vera").await);
    let secret = invites(&olive, "").await;
    wren.visit(&format!("/register?invitation={secret}")).await.assert(403).assert_says("for your parents");
    begins(&wren, "Mine", &secret).await.assert(403);
    let forged = vera.browse(reqwest::Method::POST, "/family/found").header("sec-fetch-site", "cross-site");
    forged.form(&[("family", "Forged"), ("invitation", &*secret)]).reply().await.assert(403);
    assert_eq!(app.app.db.read(invitation::all).unwrap().len(), 1);
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
