//! Families: who comes in, what they may do, how they go, and how a record ends.

use hec::{
    accounts::{self, Email},
    config::Registration,
    families,
    types::Role,
    wiring,
};
use reqwest::Method;

use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp, jpeg};

/// An owner makes an invitation; the secret of its link.
async fn invited(owner: &Person, role: &str) -> String {
    let page = owner.submit("/family/invitations", &[("role", role)]).await.assert(200);
    let link = page.attributes("#link-value", "value").remove(0);
    assert_eq!(page.words("figure.code svg").len(), 1, "the link stands there as a code");
    link.split("invitation=").nth(1).unwrap().to_owned()
}

async fn accepts(person: &Person, secret: &str) -> Reply {
    person.submit("/family/join", &[("invitation", secret)]).await
}

fn newcomer<'a>(secret: &'a str, email: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("invitation", secret), ("name", "Nia"), ("email", email), ("password", PASSWORD), ("adult", "yes")]
}

fn as_member(app: &TestApp, person: &Person, of: &Person) -> Option<Role> {
    let (account, family) = (person.caller.account, of.caller.family);
    app.app.db.read(|tx| families::membership(tx, account, family)).unwrap().map(|member| member.role)
}

async fn log(owner: &Person) -> Vec<String> {
    owner.visit("/family/log").await.assert(200).words(".item > div")
}

#[tokio::test]
async fn somebody_with_an_account_comes_in_by_a_link_that_works_once() {
    let app = TestApp::start().await;
    let (ana, ben, cat) = (app.parent("ana").await, app.parent("ben").await, app.parent("cat").await);
    ana.notes("Newts").await;
    let secret = invited(&ana, "carer").await;
    ben.visit(&format!("/family/join?invitation={secret}")).await.assert(200).assert_says("Family of ana");
    accepts(&ben, &secret).await.assert_sent_to("/?notice=family-joined");
    ben.visit("/").await.assert(200).assert_says("Newts");
    assert_eq!(as_member(&app, &ben, &ana), Some(Role::Carer));
    accepts(&cat, &secret).await.assert(404).assert_says("no longer works");
    assert_eq!(as_member(&app, &cat, &ana), None);
    assert!(log(&ana).await.iter().any(|line| line.starts_with("ben came in: Carer")));
    let (rows, link) = (crate::support::rows_of(&app.app.vault), secret.as_bytes());
    assert!(!rows.iter().any(|row| row.windows(link.len()).any(|part| part == link)), "the link is kept in clear");
}

#[tokio::test]
async fn of_many_who_take_a_link_at_once_one_comes_in() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let secret = invited(&ana, "viewer").await;
    let mut guests = Vec::new();
    for number in 0..8 {
        guests.push(app.parent(&format!("guest{number}")).await);
    }
    let taken = futures_util::future::join_all(guests.iter().map(|guest| accepts(guest, &secret))).await;
    assert_eq!(taken.iter().filter(|reply| reply.status == 303).count(), 1);
    assert_eq!(guests.iter().filter(|guest| as_member(&app, guest, &ana).is_some()).count(), 1);
}

#[tokio::test]
async fn somebody_without_an_account_makes_one_with_the_link_even_where_registration_is_shut() {
    let app = TestApp::start_with(|config| config.registration = hec::config::Registration::Off).await;
    let ana = app.parent("ana").await;
    app.submit("/register", &newcomer("", "x@example.org")).await.assert(403);
    let secret = invited(&ana, "viewer").await;
    app.visit(&format!("/family/join?invitation={secret}")).await.assert(200).assert_says("Create an account");
    let short = [("invitation", &*secret), ("name", "Nia"), ("email", "nia@example.org"), ("password", "short")];
    let again = app.submit("/family/join", &short).await.assert(422);
    assert_eq!(again.attributes("#email", "value"), ["nia@example.org"]);
    app.submit("/family/join", &newcomer(&secret, "nia@example.org")).await.assert_sent_to("/?notice=family-joined");
    app.submit("/family/join", &newcomer(&secret, "other@example.org")).await.assert(404);
    assert!(ana.visit("/family").await.words(".item h2").contains(&"Nia".to_owned()));
}

#[tokio::test]
async fn a_link_ends_after_seven_days_or_when_it_is_taken_back() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let late = invited(&ana, "carer").await;
    app.minutes_pass(1);
    let back = invited(&ana, "carer").await;
    let withdraw = ana.visit("/family").await.attributes("form", "action");
    let withdraw: Vec<_> = withdraw.iter().filter(|action| action.ends_with("/withdraw")).collect();
    assert_eq!(withdraw.len(), 2);
    ben.submit(withdraw[1], &[]).await.assert(404);
    ana.submit(withdraw[1], &[]).await.assert_sent_to("/family?notice=family-invitation-withdrawn");
    accepts(&ben, &back).await.assert(404);
    app.days_pass(7);
    accepts(&ben, &late).await.assert(404);
    assert_eq!(as_member(&app, &ben, &ana), None);
    for made_up in ["", "x", "0190a5c8"] {
        accepts(&ben, made_up).await.assert(404);
    }
}

#[tokio::test]
async fn an_owner_who_opens_the_own_link_stays_owner_and_the_link_stays_good() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let secret = invited(&ana, "viewer").await;
    ana.visit(&format!("/family/join?invitation={secret}")).await.assert(200).assert_says("already");
    accepts(&ana, &secret).await.assert(303);
    assert_eq!(as_member(&app, &ana, &ana), Some(Role::Owner));
    accepts(&ben, &secret).await.assert(303);
    assert_eq!(as_member(&app, &ben, &ana), Some(Role::Viewer));
}

#[tokio::test]
async fn only_owners_invite_change_roles_remove_and_read_the_log() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (carl, vera) = (app.member_of(&ana, "carl", Role::Carer).await, app.viewer_of(&ana, "vera").await);
    let role = format!("/family/members/{}", vera.caller.account);
    for person in [&carl, &vera] {
        person.visit("/family").await.assert(200).assert_says("vera").assert_silent_about("Make the link");
        person.submit("/family/invitations", &[("role", "viewer")]).await.assert(403);
        person.submit(&role, &[("role", "owner")]).await.assert(403);
        person.visit(&format!("{role}/remove")).await.assert(403);
        person.submit(&format!("{role}/remove"), &[]).await.assert(403);
        person.submit("/family", &[("family", "Mine"), ("time_zone", "Europe/Paris")]).await.assert(403);
        person.submit("/family/delete", &[("name", "Family of ana")]).await.assert(403);
        person.visit("/family/log").await.assert(403);
    }
    assert_eq!(as_member(&app, &vera, &ana), Some(Role::Viewer));
    ana.submit("/family/invitations", &[("role", "learner")]).await.assert(422);
    ana.submit(&role, &[("role", "learner")]).await.assert(422);
}

#[tokio::test]
async fn the_next_request_of_who_was_removed_finds_nothing_by_session_or_token() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Ours").await;
    let carl = app.member_of(&ana, "carl", Role::Carer).await;
    carl.visit(&format!("/entries/{entry}")).await.assert(200);
    carl.get("/entries").await.assert(200);
    let members = format!("/family/members/{}", carl.caller.account);
    ana.visit(&format!("{members}/remove")).await.assert(200).assert_says("Remove carl?");
    ana.submit(&format!("{members}/remove"), &[]).await.assert_sent_to("/family?notice=member-removed");
    carl.get("/entries").await.assert_problem(401);
    carl.get(&format!("/entries/{entry}")).await.assert_problem(401);
    carl.visit(&format!("/entries/{entry}")).await.assert(403).assert_silent_about("Ours");
    let api = carl.browse(Method::GET, "/api/v1/entries").header("sec-fetch-site", "same-origin");
    api.reply().await.assert_problem(401);
    ana.submit(&format!("{members}/remove"), &[]).await.assert(404);
    assert!(log(&ana).await.iter().any(|line| line.starts_with("ana removed carl (Carer)")));
}

#[tokio::test]
async fn no_owner_removes_or_demotes_another_and_one_always_stays() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let olga = app.member_of(&ana, "olga", Role::Owner).await;
    let of = |person: &Person| format!("/family/members/{}", person.caller.account);
    for role in ["carer", "viewer"] {
        ana.submit(&of(&olga), &[("role", role)]).await.assert(422).assert_says("Nobody can remove or demote");
    }
    ana.submit(&format!("{}/remove", of(&olga)), &[]).await.assert(422);
    assert_eq!(as_member(&app, &olga, &ana), Some(Role::Owner));
    let secret = invited(&olga, "owner").await;
    let sure = [("role", "carer"), ("sure", "yes")];
    olga.submit(&of(&olga), &sure).await.assert_sent_to("/family?notice=role-changed");
    assert_eq!(as_member(&app, &olga, &ana), Some(Role::Carer));
    accepts(&app.parent("ben").await, &secret).await.assert(404);
    ana.submit(&of(&ana), &[("role", "viewer")]).await.assert(422).assert_says("A family needs an owner");
    ana.submit("/family/leave", &[]).await.assert(422);
    ana.submit(&format!("{}/remove", of(&ana)), &[]).await.assert(422);
    assert_eq!(as_member(&app, &ana, &ana), Some(Role::Owner));
    olga.submit("/family/leave", &[]).await.assert_sent_to("/family?notice=family-left");
    olga.visit("/family").await.assert(200).assert_says("You belong to no family");
    olga.submit("/family/found", &[("family", "Mine")]).await.assert_sent_to("/?notice=welcome");
    olga.visit("/").await.assert(200).assert_says("Mine");
}

#[tokio::test]
async fn an_owner_who_steps_down_is_asked_first_and_nobody_else_is() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let olga = app.member_of(&ana, "olga", Role::Owner).await;
    let of = |person: &Person| format!("/family/members/{}", person.caller.account);
    for role in ["carer", "viewer"] {
        let asked = olga.submit(&of(&olga), &[("role", role)]).await.assert(200);
        asked.clone().assert_says("only another owner can make you an owner again");
        asked.clone().assert_silent_about("What your children sign in with");
        let form = format!("form[action='{}']", of(&olga));
        assert_eq!(asked.attributes(&format!("{form} input[name=role]"), "value"), [role]);
        assert_eq!(asked.attributes(&format!("{form} input[name=sure]"), "value"), ["yes"]);
        assert_eq!(as_member(&app, &olga, &ana), Some(Role::Owner), "nothing is done yet");
    }
    ana.child().await;
    let told = "What your children sign in with stops working";
    olga.submit(&of(&olga), &[("role", "carer")]).await.assert(200).assert_silent_about(told);
    olga.submit(&of(&olga), &[("role", "viewer")]).await.assert(200).assert_says(told);
    olga.submit(&of(&olga), &[("role", "owner")]).await.assert_sent_to("/family?notice=role-changed");
    let sure = [("role", "viewer"), ("sure", "yes")];
    olga.submit(&of(&olga), &sure).await.assert_sent_to("/family?notice=role-changed-words");
    assert_eq!(as_member(&app, &olga, &ana), Some(Role::Viewer));
    // The last owner can't, and others are not asked.
    ana.submit(&of(&ana), &[("role", "viewer")]).await.assert(422).assert_says("A family needs an owner");
    ana.submit(&of(&olga), &[("role", "carer")]).await.assert_sent_to("/family?notice=role-changed");
    let lines = log(&ana).await;
    assert!(lines[0].starts_with("ana changed the role of olga from Viewer to Carer"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("olga changed the role of olga from Owner to Viewer")));
}

#[tokio::test]
async fn owners_read_where_they_invite_that_owners_do_not_remove_one_another() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let page = ana.visit("/family").await.assert(200);
    assert!(page.words("#role-hint").concat().contains("owners cannot remove one another"));
    let secret = invited(&ana, "owner").await;
    let link = format!("/family/join?invitation={secret}");
    app.visit(&link).await.assert(200).assert_says("Owners cannot remove one another");
}

#[tokio::test]
async fn invitations_that_wait_are_told_apart_by_role_time_and_for_whom_they_are() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [("role", "viewer"), ("whom", " Grandma & co ")];
    ana.submit("/family/invitations", &fields).await.assert(200);
    app.minutes_pass(61);
    let ana = app.person("ana", &ana.caller).await;
    let page = ana.submit("/family/invitations", &[("role", "viewer"), ("whom", "")]).await.assert(200);
    let waiting = page.words("form[action$='/withdraw']");
    assert_eq!(waiting.len(), 2);
    assert!(waiting[0].contains("Grandma & co") && !waiting[1].contains("Grandma"), "{waiting:?}");
    assert!(waiting[0].contains("at 10:00") && waiting[1].contains("at 11:01"), "{waiting:?}");
    page.assert_says("Viewer, for Grandma &amp; co");
    let long = "x".repeat(61);
    let refused = ana.submit("/family/invitations", &[("role", "carer"), ("whom", &long)]).await.assert(422);
    assert_eq!(refused.attributes("#whom", "value"), [long.as_str()]);
    assert!(refused.words("#whom-error").concat().contains("60 characters or fewer"));
    assert_eq!(refused.words("form[action$='/withdraw']").len(), 2);
}

#[tokio::test]
async fn whoever_comes_in_to_read_along_declares_to_be_an_adult_and_no_more() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for (role, says, version) in [
        ("viewer", "I am 18 or over", 2),
        ("carer", "I am 18 or over, and a parent or carer", 1),
        ("owner", "I am 18 or over, and a parent or carer", 1),
    ] {
        let (secret, email) = (invited(&ana, role).await, format!("{role}@example.org"));
        let form = app.visit(&format!("/family/join?invitation={secret}")).await.assert(200);
        assert_eq!(form.words("label[for=adult]"), [says], "{role}");
        let mut fields = newcomer(&secret, &email);
        fields.retain(|(name, _)| *name != "adult");
        let refused = app.submit("/family/join", &fields).await.assert(422);
        let said = refused.words("#adult-error").concat();
        assert_eq!(said.contains("parent or carer"), version == 1, "{role}: {said}");
        app.submit("/family/join", &newcomer(&secret, &email)).await.assert(303);
        let declared = app.app.db.read(|tx| {
            let account = accounts::by_email(tx, &Email::parse(&email)?)?.unwrap();
            accounts::declared(tx, account.id)
        });
        assert_eq!(declared.unwrap(), version, "{role}");
    }
    let account = ana.caller.account;
    assert_eq!(app.app.db.read(|tx| accounts::declared(tx, account)).unwrap(), 1);
}

#[tokio::test]
async fn who_read_along_declares_to_be_a_parent_or_carer_before_they_keep_a_record() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let secret = invited(&ana, "viewer").await;
    let entered = app.submit("/family/join", &newcomer(&secret, "vera@example.org")).await.assert(303);
    let vera = ana.in_session(entered.session().unwrap());
    let account = app.app.db.read(|tx| accounts::by_email(tx, &Email::parse("vera@example.org")?)).unwrap().unwrap().id;
    let declared = || app.app.db.read(|tx| accounts::declared(tx, account)).unwrap();

    let secret = invited(&ben, "viewer").await;
    let form = vera.visit(&format!("/family/join?invitation={secret}")).await.assert(200);
    assert!(form.words("label[for=adult]").is_empty(), "to read along once more needs no more");
    vera.submit("/family/join", &[("invitation", &*secret)]).await.assert(303);
    let cleo = app.parent("cleo").await;
    let secret = invited(&cleo, "carer").await;
    let form = vera.visit(&format!("/family/join?invitation={secret}")).await.assert(200);
    assert_eq!(form.words("label[for=adult]"), ["I am 18 or over, and a parent or carer"]);
    let refused = vera.submit("/family/join", &[("invitation", &*secret)]).await.assert(422);
    assert!(refused.words("#adult-error").concat().contains("parent or carer") && declared() == 2);
    vera.submit("/family/join", &[("invitation", &*secret), ("adult", "yes")]).await.assert(303);
    assert_eq!(declared(), 1);
}

#[tokio::test]
async fn a_viewer_who_is_made_a_carer_is_asked_on_every_page_to_declare_what_carers_do() {
    const PAGE: &str = "/account/declaration";
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let secret = invited(&ana, "viewer").await;
    let entered = app.submit("/family/join", &newcomer(&secret, "vera@example.org")).await.assert(303);
    let vera = ana.in_session(entered.session().unwrap());
    let account = app.app.db.read(|tx| accounts::by_email(tx, &Email::parse("vera@example.org")?)).unwrap().unwrap().id;
    let declared = || app.app.db.read(|tx| accounts::declared(tx, account)).unwrap();
    let is_asked = async |person: &Person| {
        let page = person.visit("/").await.assert(200);
        page.attributes("main a", "href").contains(&PAGE.to_owned())
    };
    assert!(!is_asked(&vera).await, "to read along needs no more");
    vera.visit(PAGE).await.assert_sent_to("/account");
    vera.submit(PAGE, &[("adult", "yes")]).await.assert_sent_to("/account");
    assert_eq!(declared(), 2);

    let makes = async |role: &str| {
        let path = format!("/family/members/{account}");
        ana.submit(&path, &[("role", role)]).await.assert_sent_to("/family?notice=role-changed");
    };
    makes("carer").await;
    assert!(is_asked(&vera).await && !is_asked(&ana).await);
    vera.visit("/entries/new").await.assert(200).assert_says("You keep the record of Family of ana now");
    let form = vera.visit(PAGE).await.assert(200);
    assert_eq!(form.words("label[for=adult]"), ["I am 18 or over, and a parent or carer"]);
    let refused = vera.submit(PAGE, &[]).await.assert(422);
    assert!(refused.words("#adult-error").concat().contains("parent or carer") && declared() == 2);
    makes("viewer").await;
    assert!(!is_asked(&vera).await);
    makes("carer").await;
    vera.submit(PAGE, &[("adult", "yes")]).await.assert_sent_to("/?notice=declared");
    assert_eq!(declared(), 1);
    assert!(!is_asked(&vera).await);
}

#[tokio::test]
async fn who_reads_along_is_not_told_to_write() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/").await.assert(200).assert_says("Your journal starts with one line");
    let vera = app.viewer_of(&ana, "vera").await;
    let page = vera.visit("/").await.assert(200).assert_says("Nothing has been written yet");
    page.assert_silent_about("Your journal starts").assert_silent_about("You keep this for yourselves");
}

#[tokio::test]
async fn the_account_page_names_every_family() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    ben.visit("/account").await.assert(200).assert_silent_about("Your other families");
    accepts(&ben, &invited(&ana, "viewer").await).await.assert(303);
    let named = ben.visit("/account").await.assert(200).words("dl.facts dd").join("\n");
    assert!(named.contains("Family of ana") && named.contains("Family of ben"), "{named}");
}

#[tokio::test]
async fn a_place_in_a_family_is_no_way_round_a_closed_door() {
    for policy in [Registration::Invite, Registration::Off] {
        let app = TestApp::start_with(|config| config.registration = policy).await;
        let ana = app.parent("ana").await;
        let vera = app.viewer_of(&ana, "vera").await;
        vera.submit("/family/leave", &[]).await.assert_sent_to("/family?notice=family-left");
        let says = if policy == Registration::Off { "takes no new families" } else { "ask whoever runs it for a link" };
        let page = vera.visit("/family").await.assert(200).assert_says(says);
        assert!(page.attributes("form[action='/family/found']", "action").is_empty());
        for made_up in ["", "no-such-invitation"] {
            let found = vera.submit("/family/found", &[("family", "Mine"), ("invitation", made_up)]).await;
            assert!([403, 404].contains(&found.status), "{made_up}");
        }
        vera.visit("/").await.assert(403);
        let (account, none) = (vera.caller.account, app.app.db.read(families::count).unwrap());
        assert_eq!((app.app.db.read(|tx| families::memberships(tx, account)).unwrap().len(), none), (0, 1));
    }
}

#[tokio::test]
async fn somebody_in_two_families_goes_from_one_to_the_other() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    ana.notes("Newts").await;
    ben.notes("Kingfisher").await;
    ben.visit("/").await.assert_silent_about("Go to");
    accepts(&ben, &invited(&ana, "viewer").await).await.assert(303);
    let page =
        ben.visit("/").await.assert_says("Newts").assert_silent_about("Kingfisher").assert_says("Go to Family of ben");
    let home = page.attributes("button[name=family]", "value").remove(0);
    ben.submit("/family/switch", &[("family", &home)]).await.assert_sent_to("/");
    ben.visit("/").await.assert_says("Kingfisher").assert_silent_about("Newts");
    ana.submit("/family/switch", &[("family", &home)]).await.assert(404);
    ana.visit("/").await.assert_says("Newts");
}

#[tokio::test]
async fn an_old_sign_in_is_asked_again_before_what_cannot_be_taken_back() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let vera = app.viewer_of(&ana, "vera").await;
    app.minutes_pass(16);
    let members = format!("/family/members/{}", vera.caller.account);
    let family = "/sign-in/again?next=%2Ffamily%3Fnotice%3Dconfirmed";
    ana.submit("/family/invitations", &[("role", "viewer")]).await.assert_sent_to(family);
    ana.submit(&members, &[("role", "owner")]).await.assert_sent_to(family);
    let remove = ana.submit(&format!("{members}/remove"), &[]).await;
    remove.assert_sent_to(&format!(
        "/sign-in/again?next={}%2Fremove%3Fnotice%3Dconfirmed",
        members.replace('/', "%2F").replace('-', "%2D")
    ));
    let delete = ana.submit("/family/delete", &[("name", "Family of ana")]).await;
    delete.assert_sent_to("/sign-in/again?next=%2Ffamily%2Fdelete%3Fnotice%3Dconfirmed");
    assert_eq!(as_member(&app, &vera, &ana), Some(Role::Viewer));
}

#[tokio::test]
async fn name_and_time_zone_are_changed_by_owners_and_checked() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.submit("/family", &[("family", "The Ashes"), ("time_zone", "Pacific/Auckland")]).await.assert(303);
    let told = ana.get("/me").await.json()["family"].clone();
    assert_eq!((&told["name"], &told["time_zone"]), (&"The Ashes".into(), &"Pacific/Auckland".into()));
    for (name, zone) in [("", "Europe/London"), ("x", "Middle/Earth"), ("x", "")] {
        ana.submit("/family", &[("family", name), ("time_zone", zone)]).await.assert(422);
    }
    assert_eq!(ana.get("/me").await.json()["family"], told);
}

#[tokio::test]
async fn the_only_owner_deletes_the_family_at_once_and_no_row_or_file_of_it_stays() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let entry = ana.notes("Quickthorn").await;
    ana.upload(&entry, "a.jpg", jpeg(3)).await.assert(201);
    let deleted = ana.notes("Blackthorn").await;
    ana.delete(&format!("/entries/{deleted}")).await.assert(204);
    ana.makes_portfolio(serde_json::json!({})).await;
    let child = ana.child().await;
    let kept = ben.notes("Hawthorn").await;
    ana.submit("/family/delete", &[("name", "Family of ben")]).await.assert(422);
    ana.submit("/family/delete", &[("name", "Family of ana")]).await.assert_sent_to("/family?notice=family-deleted");
    ana.get("/entries").await.assert_problem(401);
    ana.visit("/").await.assert(403).assert_says("You belong to no family");
    child.visit("/").await.assert_sent_to("/sign-in");
    let job = wiring::JOBS.iter().find(|job| job.name.starts_with("delete families")).unwrap().run;
    let site = app.app.clone();
    tokio::task::spawn_blocking(move || job(&site)).await.unwrap().unwrap();
    let family = ana.caller.family;
    let rows = crate::support::rows_of(&app.app.vault);
    let names = |row: &Vec<u8>| row.windows(16).any(|part| part == family.bytes());
    let sessions = rows.iter().filter(|row| names(row)).count();
    assert_eq!(sessions, 0, "rows still name the family");
    for word in ["Quickthorn", "Blackthorn", "quickthorn"] {
        assert!(!rows.iter().any(|row| row.windows(word.len()).any(|part| part == word.as_bytes())), "{word}");
    }
    ben.get(&format!("/entries/{kept}")).await.assert(200);
}

#[tokio::test]
async fn where_two_keep_it_deletion_waits_fourteen_days_and_any_owner_may_stop_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let olga = app.member_of(&ana, "olga", Role::Owner).await;
    let vera = app.viewer_of(&ana, "vera").await;
    let cara = app.member_of(&ana, "cara", Role::Carer).await;
    let entry = ana.notes("Ours").await;
    let run = || {
        let (job, site) =
            (wiring::JOBS.iter().find(|job| job.name.starts_with("delete families")).unwrap().run, app.app.clone());
        async move { tokio::task::spawn_blocking(move || job(&site)).await.unwrap().unwrap() }
    };
    let ask = || ana.submit("/family/delete", &[("name", "Family of ana")]);
    ask().await.assert_sent_to("/family?notice=deletion-asked");
    for path in ["/", "/search", "/learners", "/help", "/family"] {
        olga.visit(path).await.assert(200).assert_says("ana asked for this family").assert_says("16 March 2026");
        let told = cara.visit(path).await.assert(200).assert_says("ana asked for this family");
        assert!(told.attributes("form[action='/family/delete/withdraw']", "action").is_empty());
        vera.visit(path).await.assert(200).assert_silent_about("asked for this family");
    }
    app.minutes_pass(1);
    olga.submit("/family/delete/withdraw", &[]).await.assert_sent_to("/family?notice=deletion-withdrawn");
    for other in [&vera, &cara] {
        other.submit("/family/delete/withdraw", &[]).await.assert(403);
    }
    app.days_pass(15);
    run().await;
    ana.get(&format!("/entries/{entry}")).await.assert(200);
    let lines = log(&ana).await;
    assert!(lines[0].starts_with("olga stopped the deletion") && lines[1].starts_with("ana asked"), "{lines:?}");

    let (ana, olga) = (app.person("ana", &ana.caller).await, app.person("olga", &olga.caller).await);
    ana.submit("/family/delete", &[("name", "Family of ana")]).await.assert(303);
    app.days_pass(13);
    run().await;
    olga.get(&format!("/entries/{entry}")).await.assert(200);
    app.days_pass(1);
    run().await;
    olga.get(&format!("/entries/{entry}")).await.assert_problem(401);
    assert_eq!(app.app.db.read(families::count).unwrap(), 0);
}

#[tokio::test]
async fn a_carer_has_fourteen_days_too_and_removing_them_shortens_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let cara = app.member_of(&ana, "cara", Role::Carer).await;
    ana.visit("/family/delete").await.assert(200).assert_says("It happens in 14 days");
    let ask = || ana.submit("/family/delete", &[("name", "Family of ana")]);
    ask().await.assert_sent_to("/family?notice=deletion-asked");
    ana.submit(&format!("/family/members/{}/remove", cara.caller.account), &[]).await.assert(303);
    ask().await.assert_sent_to("/family?notice=deletion-asked");
    ana.visit("/").await.assert(200).assert_says("16 March 2026");
    // Nor does it help to remove them first.
    let dora = app.parent("dora").await;
    let cass = app.member_of(&dora, "cass", Role::Carer).await;
    dora.submit(&format!("/family/members/{}/remove", cass.caller.account), &[]).await.assert(303);
    let asked = dora.submit("/family/delete", &[("name", "Family of dora")]).await;
    asked.assert_sent_to("/family?notice=deletion-asked");
    // A viewer loses nothing that they wrote.
    let bea = app.parent("bea").await;
    app.viewer_of(&bea, "vic").await;
    let gone = bea.submit("/family/delete", &[("name", "Family of bea")]).await;
    gone.assert_sent_to("/family?notice=family-deleted");
}

#[tokio::test]
async fn a_form_of_one_family_does_nothing_to_another_that_was_opened_in_a_second_tab() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    assert!(ben.visit("/family").await.attributes("input[name=here]", "value").is_empty(), "there is one family only");
    accepts(&ben, &invited(&ana, "carer").await).await.assert(303);
    let here = ben.visit("/learners").await.attributes("input[name=here]", "value").remove(0);
    let home = ben.visit("/").await.attributes("button[name=family]", "value").remove(0);
    ben.submit("/family/switch", &[("family", &home)]).await.assert_sent_to("/");
    let (added, left) = ([("nickname", "Robin"), ("colour", "moss"), ("here", &here)], [("here", &*here)]);
    ben.submit("/learners", &added).await.assert(409).assert_says("another of your families");
    ben.submit("/family/leave", &left).await.assert(409);
    let written = || {
        let fields = [("here", here.as_str()), ("date", crate::support::TODAY), ("title", "Owls")];
        fields
            .into_iter()
            .fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(name, value.to_owned()))
    };
    ben.submit_files("/entries/new", written()).await.assert(409);
    ben.visit("/").await.assert_silent_about("Owls");
    ben.visit("/learners").await.assert_silent_about("Robin");
    ben.submit("/family/switch", &[("family", &here)]).await.assert_sent_to("/");
    ben.submit("/learners", &added).await.assert(303);
    ben.submit_files("/entries/new", written()).await.assert(303);
    ben.submit("/family/leave", &left).await.assert_sent_to("/family?notice=family-left");
}

#[tokio::test]
async fn an_account_without_a_family_finds_its_way() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let vera = app.viewer_of(&ana, "vera").await;
    vera.submit("/family/leave", &[]).await.assert(303);
    let page = vera.visit("/account/security").await.assert(200).assert_says("You belong to no family");
    let links = page.attributes("main a", "href");
    assert!(["/family", "/account/apps"].iter().all(|path| links.contains(&(*path).to_owned())), "{links:?}");
    assert!(!links.iter().any(|path| path == "/account" || path.starts_with("/account#")), "they lead back here");
    assert_eq!(page.attributes("form[action='/sign-out']", "action").len(), 1);
}

#[tokio::test]
async fn the_log_of_a_family_tells_no_network_and_no_device() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    accepts(&app.parent("ben").await, &invited(&ana, "viewer").await).await.assert(303);
    let page = ana.visit("/family/log").await.assert(200);
    page.assert_silent_about("127.0.0.1").assert_says("ben came in").assert_says("ana made an invitation");
}
