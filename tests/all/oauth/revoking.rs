//! The end of what was given: by the app, by the person, by the operator; each with the next request.

use crate::support::{Person, TestApp, UNKNOWN};

use super::{Held, Pairs, SITE, and, app, assert_refused, but, refreshes, sends};

async fn house() -> (TestApp, Person, String, Held) {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let held = Held::by(&site, &ana, &client, "records:read").await;
    (site, ana, client, held)
}

fn revokes(client: &str, token: &str) -> Pairs {
    vec![("client_id", client.to_owned()), ("token", token.to_owned())]
}

#[tokio::test]
async fn an_app_ends_an_access_token_alone_and_everything_with_a_refresh_token() {
    let (site, ana, client, held) = house().await;
    let reply = sends(&site, "/oauth/revoke", &revokes(&client, &held.access)).await.assert(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    held.acting_for(&ana).get("/me").await.assert_problem(401);
    let second = held.refreshed(&site, &client).await;
    // The hint may be wrong (RFC 7009, section 2.1).
    let hinted = and(&revokes(&client, &second.refresh), "token_type_hint", "access_token");
    sends(&site, "/oauth/revoke", &hinted).await.assert(200);
    second.acting_for(&ana).get("/me").await.assert_problem(401);
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &second.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "revoked");
    ana.visit("/account/apps").await.assert(200).assert_silent_about("Leaf");
    // What has ended, has ended.
    sends(&site, "/oauth/revoke", &hinted).await.assert(200);
}

#[tokio::test]
async fn nobody_ends_what_is_not_theirs() {
    let (site, ana, client, held) = house().await;
    let other = app(&site, "Other", &[SITE]).await;
    for (case, status, error, sent) in [
        ("no token", 400, "invalid_request", but(&revokes(&client, &held.access), "token", None)),
        ("two tokens", 400, "invalid_request", and(&revokes(&client, &held.access), "token", &held.refresh)),
        ("no app", 400, "invalid_request", but(&revokes(&client, &held.access), "client_id", None)),
        ("no such app", 401, "invalid_client", revokes(UNKNOWN, &held.access)),
        ("a secret", 401, "invalid_client", and(&revokes(&client, &held.access), "client_secret", "x")),
        ("another app", 400, "invalid_grant", revokes(&other, &held.access)),
        ("another app's refresh token", 400, "invalid_grant", revokes(&other, &held.refresh)),
    ] {
        assert_refused(&sends(&site, "/oauth/revoke", &sent).await, status, error, case);
    }
    sends(&site, "/oauth/revoke", &revokes(&client, "hec_rt_made-up")).await.assert(200);
    // A personal token is no app's.
    sends(&site, "/oauth/revoke", &revokes(&client, &ana.token)).await.assert(200);
    ana.get("/me").await.assert(200);
    held.acting_for(&ana).get("/me").await.assert(200);
}

#[tokio::test]
async fn a_person_shuts_an_app_out_and_nobody_elses() {
    let (site, ana, client, held) = house().await;
    let ben = site.parent("ben").await;
    site.minutes_pass(1);
    let again = Held::by(&site, &ana, &client, "account:read").await;
    let page = ana.visit("/account/apps").await.assert(200);
    let forms = page.attributes("form[action$='/revoke']", "action");
    assert_eq!(forms.len(), 2);
    ben.submit(&forms[1], &[]).await.assert(404);
    let unknown = ben.submit(&format!("/account/apps/grants/{UNKNOWN}/revoke"), &[]).await.assert(404);
    assert_eq!(ben.submit(&forms[1], &[]).await.text(), unknown.text());
    held.acting_for(&ana).get("/me").await.assert(200);
    // The newest stands first.
    ana.submit(&forms[1], &[]).await.assert_sent_to("/account/apps?notice=app-revoked");
    held.acting_for(&ana).get("/me").await.assert_problem(401);
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "shut out");
    again.acting_for(&ana).get("/me").await.assert(200);
    ana.submit(&forms[1], &[]).await.assert(404);
}

#[tokio::test]
async fn an_app_that_is_removed_is_out_everywhere() {
    let (site, ana, client, held) = house().await;
    let ops = site.operator("ops").await;
    ana.submit(&format!("/admin/apps/{client}/remove"), &[]).await.assert(404);
    held.acting_for(&ana).get("/me").await.assert(200);
    ops.submit(&format!("/admin/apps/{client}/remove"), &[]).await.assert_sent_to("/admin/apps?notice=app-removed");
    held.acting_for(&ana).get("/me").await.assert_problem(401);
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await;
    assert_refused(&reply, 401, "invalid_client", "removed");
    ana.visit("/account/apps").await.assert(200).assert_silent_about("Leaf");
    site.app.db.write(hec::oauth::sweep).await.unwrap();
}

#[tokio::test]
async fn what_was_done_stands_in_the_logs_by_name_and_never_by_token() {
    use hec::accounts::log::{self, Act};
    let (site, ana, client, held) = house().await;
    let second = held.refreshed(&site, &client).await;
    second.refreshed(&site, &client).await;
    site.minutes_pass(1);
    sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await.assert(400);
    site.minutes_pass(1);
    let third = Held::by(&site, &ana, &client, "records:read").await;
    site.minutes_pass(1);
    sends(&site, "/oauth/revoke", &revokes(&client, &third.refresh)).await.assert(200);
    let caller = ana.caller.clone();
    let read =
        site.app.db.read(|tx| Ok((log::of_account(tx, caller.account, 100)?, log::of_family(tx, caller.family, 100)?)));
    let (account, family) = read.unwrap();
    for (lines, network) in [(account, "127.0.0.1"), (family, "")] {
        let apps: Vec<_> = lines.iter().filter(|line| line.about == "Leaf").collect();
        let acts: Vec<Act> = apps.iter().rev().map(|line| line.act).collect();
        assert_eq!(acts, [Act::AppAllowed, Act::AppReplayed, Act::AppAllowed, Act::AppRevoked]);
        assert!(apps.iter().all(|line| line.network == network));
        assert_eq!(apps.last().unwrap().by, "ana");
    }
}
