//! What a person is asked, and that what they answer is what the app gets.

use hec::{
    families,
    types::{Role, Scope},
};

use crate::{
    security::renewed,
    support::{PASSWORD, Person, TestApp},
};

use super::{DEVICE, Held, OWN, SITE, VERIFIER, address, answered, app, asks, but, decides, lets_in, redeems, sends};

async fn redeemed(site: &TestApp, client: &str, reply: &crate::support::Reply) -> Held {
    let code = answered(reply).remove("code").expect("a code");
    Held::of(sends(site, "/oauth/token", &redeems(client, SITE, &code)).await)
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_where_it_goes() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf & <b>Twig</b>", &[SITE, DEVICE, OWN, "http://[::1]/cb"]).await;
    for (redirect, place, source) in [
        (SITE, "the website app.example.org", "https://app.example.org"),
        (
            "http://127.0.0.1:5123/signed-in",
            "a program on this device (http://127.0.0.1:5123)",
            "http://127.0.0.1:5123",
        ),
        (OWN, "an app on this device (org.example.app)", "org.example.app:"),
        ("http://[::1]:5123/cb", "a program on this device (http://[::1]:5123)", "http:"),
    ] {
        let page = ana.visit(&address(&asks(&client, redirect, "records:read records:private"))).await.assert(200);
        let words = page.words("main").join(" ");
        for told in ["Leaf & <b>Twig</b>", place, redirect, "Family of ana", "Read the journal", "Private entries too"]
        {
            assert!(words.contains(told), "{told}: {words}");
        }
        assert!(!words.contains("Write in the journal"));
        assert_eq!(page.attributes("input[name=allow]", "value"), ["records:read", "records:private"]);
        assert_eq!(page.attributes("input[name=learner]", "value"), [&*ana.learner]);
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains(&format!("form-action 'self' {source};")), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn a_person_may_say_no() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = asks(&client, SITE, "records:read");
    for fields in [&[("decision", "deny")][..], &[], &[("allow", "records:read"), ("learners", "all")]] {
        let told = answered(&decides(&ana, &question, fields).await);
        assert_eq!(told["error"], "access_denied");
        assert_eq!((&told["iss"], &*told["state"]), (&site.url, "a state / with + signs & such="));
        assert!(!told.contains_key("code"));
    }
    ana.visit("/account/apps").await.assert(200).assert_silent_about("Leaf");
}

#[tokio::test]
async fn who_signed_in_a_while_ago_is_asked_again_before_they_let_an_app_in_and_comes_back_to_it() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = asks(&client, SITE, "records:read records:write");
    let page = ana.visit(&address(&question)).await.assert(200);
    let form = page.attributes("main form", "action").remove(0);
    let again = |next: &str| format!("/sign-in/again?next={}", hec::http::query_value(next));
    let allowed = [("allow", "records:read"), ("learners", "all"), ("decision", "allow")];
    let back = format!("{form}&notice=confirmed");
    for next in [address(&question), back] {
        let old = site.person("ana", &ana.caller).await;
        site.minutes_pass(16);
        old.visit(&address(&question)).await.assert_sent_to(&again(&address(&question)));
        // The page may have been open for long. Keeping the app out asks for nothing.
        old.submit(&form, &allowed).await.assert_sent_to(&again(&format!("{form}&notice=confirmed")));
        assert_eq!(answered(&old.submit(&form, &[("decision", "deny")]).await)["error"], "access_denied");
        let proved = old.submit("/sign-in/again", &[("password", PASSWORD), ("next", &next)]).await;
        let now = renewed(&old, &proved.assert_sent_to(&next));
        let page = now.visit(&next).await.assert(200).assert_says("Let “Leaf” in?");
        assert_eq!(page.text().contains("do once more"), next.ends_with("notice=confirmed"));
        assert_eq!(page.attributes("main form", "action"), [form.as_str()], "all that the app asked for");
        redeemed(&site, &client, &now.submit(&form, &allowed).await).await;
    }
}

#[tokio::test]
async fn state_and_issuer_come_back_with_the_code_and_the_addresss_own_query_stays() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &["https://app.example.org/cb?from=hec", OWN, DEVICE]).await;
    for redirect in ["https://app.example.org/cb?from=hec", OWN, "http://127.0.0.1:40123/signed-in"] {
        let question = asks(&client, redirect, "records:read");
        let allowed = [("allow", "records:read"), ("learners", "all"), ("decision", "allow")];
        let reply = decides(&ana, &question, &allowed).await;
        assert!(reply.header("location").starts_with(redirect), "{}", reply.header("location"));
        let code = answered(&reply).remove("code").unwrap();
        assert!(reply.header("location").contains(&code), "a code reads as it is");
        let told = answered(&reply);
        assert_eq!((&told["iss"], &*told["state"]), (&site.url, "a state / with + signs & such="));
        assert_eq!(told.get("from").map(String::as_str), redirect.contains('?').then_some("hec"));
        Held::of(sends(&site, "/oauth/token", &redeems(&client, redirect, &told["code"])).await);
        // Without a state none comes back.
        let told = answered(&decides(&ana, &but(&question, "state", None), &allowed).await);
        assert!(!told.contains_key("state"));
    }
}

#[tokio::test]
async fn what_was_left_ticked_is_what_the_app_gets() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = asks(&client, SITE, "records:read records:write records:private");
    let less = [("allow", "records:read"), ("allow", "records:write"), ("learners", "all"), ("decision", "allow")];
    let held = redeemed(&site, &client, &decides(&ana, &question, &less).await).await;
    assert_eq!(held.scope, "records:read records:write");
    ana.adds("A secret", serde_json::json!({ "private": true })).await;
    assert!(held.acting_for(&ana).titles("/entries").await.is_empty());
    // Nothing that was not asked for, whatever a form says.
    for more in ["learners:write", "everything"] {
        let fields = [("allow", "records:read"), ("allow", more), ("learners", "all"), ("decision", "allow")];
        let reply = decides(&ana, &question, &fields).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{more}");
    }
    let nothing = decides(&ana, &question, &[("learners", "all"), ("decision", "allow")]).await.assert(422);
    nothing.assert_says("Leave at least one right ticked").assert_says("href=\"#allow\"");
}

#[tokio::test]
async fn an_app_sees_the_children_that_were_chosen_and_no_others() {
    let site = TestApp::start().await;
    let (ana, ben) = (site.parent("ana").await, site.parent("ben").await);
    let jay = ana.has_child("Jay").await;
    ana.notes("Wren alone").await;
    ana.adds("Jay alone", serde_json::json!({ "learners": [jay] })).await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = asks(&client, SITE, "records:read records:write learners:write portfolio:read portfolio:write");
    let scopes = ["records:read", "records:write", "learners:write", "portfolio:read", "portfolio:write"];
    let with = |more: &[(&'static str, &str)]| {
        let mut fields: Vec<(&str, String)> = scopes.iter().map(|scope| ("allow", (*scope).to_owned())).collect();
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let send = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        decides(&ana, &question, &fields).await
    };
    let some = [("learners", "some"), ("learner", jay.as_str()), ("decision", "allow")];
    let held = redeemed(&site, &client, &send(with(&some)).await).await;
    let leaf = held.acting_for(&ana);
    assert_eq!(leaf.titles("/entries").await, ["Jay alone"]);
    let learners = leaf.get("/learners").await.assert(200).json();
    assert_eq!(learners["items"].as_array().unwrap().len(), 1, "{learners}");
    leaf.get(&format!("/learners/{}", ana.learner)).await.assert_problem(404);
    leaf.post("/learners", serde_json::json!({ "nickname": "Robin" })).await.assert_problem(403);
    let about_wren = serde_json::json!({ "date": crate::support::TODAY, "title": "x", "learners": [ana.learner] });
    leaf.post("/entries", about_wren).await.assert_refused("learners.0", "unknown-learner");
    ana.visit("/account/apps").await.assert(200).assert_says("Only Jay.");

    send(with(&[("learners", "some"), ("decision", "allow")]))
        .await
        .assert(422)
        .assert_says("Choose at least one child");
    send(with(&[("decision", "allow")])).await.assert(422);
    for foreign in [ben.learner.as_str(), crate::support::UNKNOWN, "x"] {
        let fields = with(&[("learners", "some"), ("learner", foreign), ("decision", "allow")]);
        let reply = send(fields).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""));
    }
}

/// The same account in another family, in another role.
async fn joins(site: &TestApp, person: &Person, other: &Person, role: Role) {
    let (account, family) = (person.caller.account, other.caller.family);
    let joined = site.app.db.write(move |tx| {
        families::join(tx, family, account, role);
        Ok(())
    });
    joined.await.unwrap();
}

#[tokio::test]
async fn who_belongs_to_several_families_chooses_one_and_the_token_stays_in_it() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    site.minutes_pass(1);
    let ben = site.parent("ben").await;
    ana.notes("Of ana").await;
    ben.notes("Of ben").await;
    joins(&site, &ana, &ben, Role::Viewer).await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = asks(&client, SITE, "records:read records:write records:private");
    let page = ana.visit(&address(&question)).await.assert(200);
    let links = page.attributes("main .list a", "href");
    assert_eq!(links.len(), 2, "{}", page.text());
    for (link, family, title, scopes) in [
        (&links[0], "Family of ana", "Of ana", &["records:read", "records:write", "records:private"][..]),
        // No more than the role allows, and the page says so.
        (&links[1], "Family of ben", "Of ben", &["records:read"][..]),
    ] {
        let page = ana.visit(link).await.assert(200).assert_says(family);
        assert_eq!(page.attributes("input[name=allow]", "value"), scopes);
        assert_eq!(page.text().contains("It asked for more"), scopes.len() == 1);
        let form = page.attributes("main form", "action").remove(0);
        let mut fields = vec![("learners", "all"), ("decision", "allow")];
        fields.extend(scopes.iter().map(|scope| ("allow", *scope)));
        let held = redeemed(&site, &client, &ana.submit(&form, &fields).await).await;
        assert_eq!(held.acting_for(&ana).titles("/entries").await, [title]);
        fields.push(("allow", "learners:write"));
        assert_eq!(ana.submit(&form, &fields).await.status, 400);
    }
    // A family that is not theirs is none to choose.
    let cora = site.parent("cora").await;
    let foreign = but(&question, "family", Some(&cora.caller.family.to_string()));
    assert_eq!(ana.visit(&address(&foreign)).await.assert(200).attributes("main .list a", "href").len(), 2);
}

#[tokio::test]
async fn a_role_that_shrinks_takes_the_apps_rights_along_at_once() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let held = Held::by(&site, &ana, &client, "records:read records:write").await;
    joins(&site, &ana, &ana.clone(), Role::Viewer).await;
    let me = held.acting_for(&ana).get("/me").await.assert(200).json();
    assert_eq!((&me["scopes"], &me["role"]), (&serde_json::json!(["records:read"]), &"viewer".into()));
    let page = ana.visit(&address(&asks(&client, SITE, "records:write"))).await;
    assert_eq!((page.status, page.header("location")), (403, ""), "all that is asked for is more than they may");
}

#[tokio::test]
async fn without_a_scope_an_app_asks_for_the_least_there_is() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let question = but(&asks(&client, SITE, ""), "scope", None);
    let code = lets_in(&ana, &question).await;
    let held = Held::of(sends(&site, "/oauth/token", &redeems(&client, SITE, &code)).await);
    assert_eq!(held.scope, Scope::RecordsRead.as_str());
    assert_eq!(VERIFIER.len(), 43);
}
