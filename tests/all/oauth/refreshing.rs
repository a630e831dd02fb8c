//! Refresh tokens: each is spent once, and a second spending ends the chain, but for a lost reply.

use std::time::Duration;

use crate::support::{Person, TestApp};

use super::{Held, SITE, and, app, assert_refused, but, refreshes, sends};

async fn house() -> (TestApp, Person, String, Held) {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let held = Held::by(&site, &ana, &client, "records:read records:write").await;
    (site, ana, client, held)
}

async fn is_dead(site: &TestApp, ana: &Person, client: &str, held: &Held) -> bool {
    let refused = sends(site, "/oauth/token", &refreshes(client, &held.refresh)).await;
    held.acting_for(ana).get("/me").await.status == 401 && refused.status == 400
}

#[tokio::test]
async fn an_app_stays_in_as_long_as_it_comes_back_and_a_year_at_most() {
    let (site, ana, client, mut held) = house().await;
    for _ in 0..6 {
        site.days_pass(59);
        held.acting_for(&ana).get("/me").await.assert_problem(401);
        held = held.refreshed(&site, &client).await;
        assert_eq!(held.scope, "records:read records:write");
        held.acting_for(&ana).get("/me").await.assert(200);
    }
    site.days_pass(12);
    held.acting_for(&ana).get("/me").await.assert_problem(401);
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "after a year");
}

#[tokio::test]
async fn a_token_that_nobody_used_for_sixty_days_has_ended() {
    let (site, _, client, held) = house().await;
    site.days_pass(61);
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "idle");
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_is_refused_and_costs_nothing() {
    let (site, ana, client, held) = house().await;
    let other = app(&site, "Other", &[SITE]).await;
    let good = refreshes(&client, &held.refresh);
    let set = |name, value: &str| but(&good, name, Some(value));
    for (case, error, sent) in [
        ("no token", "invalid_request", but(&good, "refresh_token", None)),
        ("an empty token", "invalid_request", set("refresh_token", "")),
        ("a made-up token", "invalid_grant", set("refresh_token", "hec_rt_made-up")),
        ("the access token", "invalid_grant", set("refresh_token", &held.access)),
        ("a personal token", "invalid_grant", set("refresh_token", &ana.token)),
        ("without its beginning", "invalid_grant", set("refresh_token", &held.refresh[7..])),
        ("two tokens", "invalid_request", and(&good, "refresh_token", &held.refresh)),
        ("another app", "invalid_grant", set("client_id", &other)),
        ("no app", "invalid_request", but(&good, "client_id", None)),
        ("a wider scope", "invalid_scope", and(&good, "scope", "records:read records:private")),
        ("every scope", "invalid_scope", and(&good, "scope", "account:read")),
        ("a scope that there is not", "invalid_scope", and(&good, "scope", "everything")),
    ] {
        assert_refused(&sends(&site, "/oauth/token", &sent).await, 400, error, case);
    }
    held.refreshed(&site, &client).await.acting_for(&ana).get("/me").await.assert(200);
}

#[tokio::test]
async fn fewer_rights_can_be_asked_for_and_the_chain_keeps_its_own() {
    let (site, ana, client, held) = house().await;
    let less = and(&refreshes(&client, &held.refresh), "scope", "records:read");
    let less = Held::of(sends(&site, "/oauth/token", &less).await);
    assert_eq!(less.scope, "records:read");
    let me = less.acting_for(&ana).get("/me").await.assert(200).json();
    assert_eq!(me["scopes"], serde_json::json!(["records:read"]));
    assert_eq!(less.refreshed(&site, &client).await.scope, "records:read records:write");
}

#[tokio::test]
async fn a_token_that_was_spent_and_comes_again_ends_the_chain() {
    let (site, ana, client, first) = house().await;
    let second = first.refreshed(&site, &client).await;
    let third = second.refreshed(&site, &client).await;
    third.acting_for(&ana).get("/me").await.assert(200);
    // Its successor was used, so no reply was lost.
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &first.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "replayed");
    for held in [&first, &second, &third] {
        assert!(is_dead(&site, &ana, &client, held).await);
    }
}

#[tokio::test]
async fn a_lost_reply_signs_no_phone_out() {
    let (site, ana, client, first) = house().await;
    let lost = first.refreshed(&site, &client).await;
    site.app.clock().advance(Duration::from_secs(30));
    let second = first.refreshed(&site, &client).await;
    lost.acting_for(&ana).get("/me").await.assert_problem(401);
    second.acting_for(&ana).get("/me").await.assert(200);
    let third = second.refreshed(&site, &client).await;
    third.acting_for(&ana).get("/me").await.assert(200);
    // Whoever holds what was in the lost reply is not the app.
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &lost.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "from the lost reply");
    assert!(is_dead(&site, &ana, &client, &third).await);
}

#[tokio::test]
async fn a_reply_is_lost_once_and_soon_or_not_at_all() {
    let (site, ana, client, first) = house().await;
    first.refreshed(&site, &client).await;
    let second = first.refreshed(&site, &client).await;
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &first.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "a third time");
    assert!(is_dead(&site, &ana, &client, &second).await);

    let first = Held::by(&site, &ana, &client, "records:read").await;
    let second = first.refreshed(&site, &client).await;
    site.app.clock().advance(Duration::from_millis(30_001));
    let reply = sends(&site, "/oauth/token", &refreshes(&client, &first.refresh)).await;
    assert_refused(&reply, 400, "invalid_grant", "too late for a retry");
    assert!(is_dead(&site, &ana, &client, &second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_refreshes_at_once_end_the_chain() {
    let (site, ana, client, held) = house().await;
    let pairs = refreshes(&client, &held.refresh);
    let all = (0..100).map(|_| {
        use crate::support::SendExt;
        let (request, pairs) = (site.client.post(format!("{}/oauth/token", site.url)), pairs.clone());
        tokio::spawn(async move { request.form(&pairs).reply().await })
    });
    let mut given = Vec::new();
    for reply in all.collect::<Vec<_>>() {
        let reply = reply.await.unwrap();
        if reply.status == 200 {
            given.push(Held::of(reply));
        }
    }
    // The first, and what could have been a lost reply.
    assert_eq!(given.len(), 2);
    for held in &given {
        assert!(is_dead(&site, &ana, &client, held).await);
    }
}

#[tokio::test]
async fn what_has_ended_is_forgotten_and_what_has_not_is_kept() {
    let (site, ana, client, held) = house().await;
    site.days_pass(2);
    site.app.db.write(hec::oauth::sweep).await.unwrap();
    let second = held.refreshed(&site, &client).await;
    site.app.db.write(hec::oauth::sweep).await.unwrap();
    second.acting_for(&ana).get("/me").await.assert(200);
    // A replay is noticed after a sweep as well.
    let third = second.refreshed(&site, &client).await;
    sends(&site, "/oauth/token", &refreshes(&client, &held.refresh)).await.assert(400);
    assert!(is_dead(&site, &ana, &client, &third).await);
}
