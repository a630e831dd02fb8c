//! `/oauth/authorize`: what is never redirected, and what goes back to the app.

use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp, UNKNOWN};

use super::{DEVICE, OWN, SITE, address, and, answered, app, asks, but};

/// An app opens the browser of somebody who is signed in.
async fn opens(person: &Person, path: &str) -> Reply {
    person.browse(reqwest::Method::GET, path).header("sec-fetch-site", "cross-site").reply().await
}

/// Every request here is shown to the person and told to nobody.
#[tokio::test]
async fn nothing_goes_to_an_address_that_the_app_has_not_registered() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE, DEVICE, OWN]).await;
    let good = asks(&client, SITE, "records:read");
    let redirect = |to: &str| but(&good, "redirect_uri", Some(to));
    let cases = [
        but(&good, "client_id", None),
        but(&good, "client_id", Some("")),
        but(&good, "client_id", Some(UNKNOWN)),
        but(&good, "client_id", Some("leaf")),
        but(&good, "client_id", Some(&client.to_uppercase())),
        and(&good, "client_id", &client),
        and(&good, "client_id", UNKNOWN),
        but(&good, "redirect_uri", None),
        and(&good, "redirect_uri", SITE),
        and(&good, "redirect_uri", "https://evil.example/"),
        redirect(""),
        redirect("https://evil.example/signed-in"),
        redirect("https://app.example.org.evil.example/signed-in"),
        redirect("https://app.example.org@evil.example/signed-in"),
        redirect("https://app.example.org"),
        redirect("https://app.example.org/signed-in/"),
        redirect("https://app.example.org/signed-in?next=https://evil.example"),
        redirect("https://app.example.org/signed-in#fragment"),
        redirect("https://app.example.org/signed%2Din"),
        redirect("https://app.example.org/%73igned-in"),
        redirect("https://app.example.org/x/../signed-in"),
        redirect("https://app.example.org//signed-in"),
        redirect("https://app.example.org:8443/signed-in"),
        redirect("https://APP.example.org/signed-in"),
        redirect("http://app.example.org/signed-in"),
        redirect("https%3A%2F%2Fapp.example.org%2Fsigned-in"),
        redirect(" https://app.example.org/signed-in"),
        redirect("https://app.example.org/signed-in\n"),
        redirect("http://127.0.0.1/elsewhere"),
        redirect("http://127.0.0.1:5000/signed-in#fragment"),
        redirect("http://127.0.0.1:5000@evil.example/signed-in"),
        redirect("http://127.0.0.2:5000/signed-in"),
        redirect("http://localhost:5000/signed-in"),
        redirect("https://127.0.0.1/signed-in"),
        redirect("org.example.app:/elsewhere"),
        redirect("org.example.app://signed-in"),
        redirect("org.example.other:/signed-in"),
        redirect("javascript:alert(1)"),
    ];
    for case in &cases {
        for reply in [ana.visit(&address(case)).await, site.visit(&address(case)).await] {
            assert_eq!((reply.status, reply.header("location")), (400, ""), "{case:?}");
            assert!(reply.header("content-security-policy").contains("form-action 'self';"), "{case:?}");
        }
        let allowed = [("decision", "allow"), ("allow", "records:read"), ("learners", "all")];
        let decided = ana.submit(&address(case), &allowed).await;
        assert_eq!((decided.status, decided.header("location")), (400, ""), "{case:?}");
    }
    assert!(cases.len() >= 38);
}

#[tokio::test]
async fn what_else_is_wrong_goes_back_to_the_app_with_state_and_issuer() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let good = asks(&client, SITE, "records:read");
    let set = |name, value: &str| but(&good, name, Some(value));
    let cases = [
        ("invalid_request", but(&good, "response_type", None)),
        ("invalid_request", and(&good, "response_type", "code")),
        ("unsupported_response_type", set("response_type", "token")),
        ("unsupported_response_type", set("response_type", "code token")),
        ("unsupported_response_type", set("response_type", "id_token")),
        ("invalid_request", but(&good, "code_challenge", None)),
        ("invalid_request", set("code_challenge", "")),
        ("invalid_request", set("code_challenge", "short")),
        ("invalid_request", set("code_challenge", &"A".repeat(44))),
        ("invalid_request", set("code_challenge", &"+".repeat(43))),
        ("invalid_request", and(&good, "code_challenge", &"A".repeat(43))),
        // Without a method it would be "plain" (RFC 7636, section 4.3).
        ("invalid_request", but(&good, "code_challenge_method", None)),
        ("invalid_request", set("code_challenge_method", "plain")),
        ("invalid_request", set("code_challenge_method", "s256")),
        ("invalid_request", and(&good, "code_challenge_method", "plain")),
        ("invalid_scope", set("scope", "everything")),
        ("invalid_scope", set("scope", "records:read everything")),
        ("invalid_scope", set("scope", "records:read  records:write")),
        ("invalid_scope", set("scope", "records:read,records:write")),
        ("invalid_request", and(&good, "scope", "records:write")),
        ("invalid_request", set("response_mode", "fragment")),
        ("invalid_request", set("response_mode", "form_post")),
        ("request_not_supported", set("request", "e30.e30.")),
        ("request_uri_not_supported", set("request_uri", "https://evil.example/r")),
    ];
    for (error, case) in &cases {
        let reply = opens(&ana, &address(case)).await;
        assert!(reply.header("location").starts_with(&format!("{SITE}?")), "{case:?}: {}", reply.text());
        let told = answered(&reply);
        assert_eq!(told["error"], *error, "{case:?}");
        assert_eq!(told["iss"], site.url, "{case:?}");
        assert_eq!(told["state"], "a state / with + signs & such=", "{case:?}");
        assert!(!told.contains_key("code"), "{case:?}");
        assert_eq!((reply.header("referrer-policy"), reply.header("cache-control")), ("no-referrer", "no-store"));
    }
    for state in ["a\nb", "é", &"x".repeat(2_049)] {
        let told = answered(&opens(&ana, &address(&set("state", state))).await);
        assert_eq!((&*told["error"], told.get("state")), ("invalid_request", None));
    }
    let told = answered(&opens(&ana, &address(&and(&good, "state", "another"))).await);
    assert_eq!((&*told["error"], told.get("state")), ("invalid_request", None));
    assert!(cases.len() >= 24);
}

/// Otherwise a link to us would be a link to anywhere (RFC 9700, section 4.11.2).
#[tokio::test]
async fn nobody_is_sent_on_before_they_have_signed_in() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let good = asks(&client, SITE, "records:read");
    for asked in [good.clone(), but(&good, "code_challenge", None)] {
        let reply = site.visit(&address(&asked)).await;
        let next = reply.header("location").to_owned();
        assert!(reply.status == 303 && next.starts_with("/sign-in?next=%2Foauth%2Fauthorize"), "{next}");
        let form = site.visit(&next).await.assert(200).attributes("input[name=next]", "value").remove(0);
        let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", &form)];
        let entered = site.submit("/sign-in", &fields).await.assert(303);
        assert_eq!(entered.header("location"), form, "who signs in comes back to the app's question");
        assert_eq!(form, address(&asked));
    }
    let posted = site.submit(&address(&good), &[("decision", "allow")]).await;
    assert_eq!((posted.status, posted.header("location")), (401, ""));
    ana.visit(&address(&good)).await.assert(200).assert_says("Leaf");
}

/// The form of the sign-in page may lead nowhere but to us, and browsers follow that through every redirect.
#[tokio::test]
async fn who_signs_in_before_a_faulty_request_is_led_back_from_a_page() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    for redirect in [SITE, DEVICE, OWN] {
        let client = app(&site, "Leaf", &[redirect]).await;
        let asked = but(&asks(&client, redirect, "records:read"), "code_challenge", None);
        let page = ana.visit(&address(&asked)).await.assert(400);
        assert_eq!(page.header("location"), "");
        let page = page.assert_says("This app’s request does not work").assert_says("Leaf");
        let link = page.attributes("main a.btn", "href").remove(0);
        assert_eq!(page.header("refresh"), format!("0; url={link}"));
        assert_eq!(link, opens(&ana, &address(&asked)).await.assert(303).header("location"), "the same as otherwise");
        // The page of a request that is in order is no such page, and its form names where it leads.
        let good = ana.visit(&address(&asks(&client, redirect, "records:read"))).await.assert(200);
        assert_eq!(good.header("refresh"), "");
    }
}

#[tokio::test]
async fn another_sites_page_decides_nothing() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE]).await;
    let path = address(&asks(&client, SITE, "records:read"));
    let fields = [("decision", "allow"), ("allow", "records:read"), ("learners", "all")];
    for from in ["cross-site", "same-site", "none"] {
        let form = ana.browse(reqwest::Method::POST, &path).header("sec-fetch-site", from).form(&fields);
        let reply = form.reply().await;
        assert_eq!((reply.status, reply.header("location")), (403, ""), "{from}");
    }
    let page = ana.visit(&path).await;
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
}

#[tokio::test]
async fn programs_read_what_there_is() {
    let site = TestApp::start().await;
    site.parent("ana").await;
    let told = site.visit("/.well-known/oauth-authorization-server").await.assert(200).json();
    assert_eq!(told["issuer"], site.url);
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("registration_endpoint", "/oauth/register"),
    ] {
        assert_eq!(told[name], format!("{}{path}", site.url));
    }
    assert_eq!(told["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(told["response_types_supported"], serde_json::json!(["code"]));
    assert_eq!(told["grant_types_supported"], serde_json::json!(["authorization_code", "refresh_token"]));
    assert_eq!(told["token_endpoint_auth_methods_supported"], serde_json::json!(["none"]));
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
    assert_eq!(told["scopes_supported"].as_array().unwrap().len(), 7);
}
