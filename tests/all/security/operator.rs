//! The door of the operator's pages.

use hec::accounts::factor;

use super::renewed;
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn the_operators_pages_ask_each_time_and_never_shorten_the_parents_own_session() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    olive.visit("/admin").await.assert(200);
    app.minutes_pass(15);
    for path in ["/admin", "/admin/support"] {
        let asked = format!("/admin/open?next={}", path.replace('/', "%2F"));
        olive.visit(path).await.assert_sent_to(&asked);
    }
    olive.visit("/learners").await.assert(200);
    let code = olive.code();
    let fields = |password, code| [("password", password), ("code", code), ("next", "/admin/support")];
    olive.submit("/admin/open", &fields("wrong", &code)).await.assert(422);
    olive.submit("/admin/open", &fields(PASSWORD, "")).await.assert(422).assert_says("That code does not fit");
    let opened = olive.submit("/admin/open", &fields(PASSWORD, &code)).await.assert_sent_to("/admin/support");
    let now = renewed(&olive, &opened);
    olive.visit("/learners").await.assert(303);
    now.visit("/admin").await.assert(200);
    now.submit("/admin/open", &fields(PASSWORD, &code)).await.assert(422);
    app.minutes_pass(15);
    now.visit("/admin").await.assert(303);
    app.days_pass(20);
    now.visit("/learners").await.assert(200);
    now.visit("/account/security").await.assert_says("Opened the pages for looking after HEC");
}

#[tokio::test]
async fn an_operator_without_a_second_factor_is_led_to_set_one_up() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    let account = olive.caller.account;
    app.app.db.write(move |tx| factor::remove(tx, account).map(drop)).await.unwrap();
    app.minutes_pass(15);
    let led = "/account/security/factor?next=%2Fadmin";
    olive.visit("/admin/open?next=/admin").await.assert_sent_to(led);
    olive.submit("/admin/open", &[("password", PASSWORD), ("next", "/admin")]).await.assert_sent_to(led);
    let proved = olive.submit("/sign-in/again", &[("password", PASSWORD), ("next", led)]).await;
    let olive = renewed(&olive, &proved.assert_sent_to(led));
    let page = olive.visit(led).await.assert(200);
    assert_eq!(page.assert_says("set that up first").attributes("input[name=next]", "value"), ["/admin"]);
}

#[tokio::test]
async fn for_everybody_else_there_is_no_such_door() {
    let app = TestApp::start().await;
    let ben = app.parent("ben").await;
    for path in ["/admin", "/admin/open", "/admin/support"] {
        ben.visit(path).await.assert(404);
        app.visit(path).await.assert(303);
    }
    ben.submit("/admin/open", &[("password", PASSWORD)]).await.assert(404);
}
