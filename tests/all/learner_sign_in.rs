//! A child signs in: only where a parent lets them, to their own record, and no longer than the parent wants.

use reqwest::{Method, StatusCode, multipart::Form};
use serde_json::json;

use crate::support::{Person, Reply, SendExt, TODAY, TestApp, UNKNOWN, jpeg};

const WORDS: &str = "otter maple pond brick";

fn form(child: &Person, title: &str) -> Form {
    let fields = [("date", TODAY), ("learner", &child.learner), ("title", title)];
    fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value.to_owned()))
}

async fn writes(child: &Person, title: &str) -> String {
    child.submit_files("/entries/new", form(child, title)).await.assert(303);
    let found = child.visit(&format!("/search?q={title}")).await.attributes(".card-title a", "href");
    found.first().unwrap_or_else(|| panic!("{title} is not found")).clone()
}

#[tokio::test]
async fn nobody_signs_in_as_a_child_until_a_parent_sets_words() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let page = ana.visit(&format!("/learners/{}/sign-in", ana.learner)).await.assert(200);
    assert!(page.attributes("#address-value", "value").is_empty());
    let offered = page.attributes("#words", "value").remove(0);
    assert_eq!(offered.split(' ').count(), 4);
    for short in ["", "eleven char"] {
        ana.submit(&format!("/learners/{}/sign-in", ana.learner), &[("words", short)]).await.assert(422);
    }
    let set = ana.submit(&format!("/learners/{}/sign-in", ana.learner), &[("words", &offered)]).await.assert(200);
    assert_eq!(set.words(".words"), [offered.as_str()]);
    assert_eq!(set.words("figure.code svg").len(), 1);
    ana.visit(&format!("/learners/{}/sign-in", ana.learner)).await.assert_silent_about(&offered);
    let door = ana.door().await;
    let page = app.visit(&door).await.assert(200);
    page.assert_says("Your parents can see everything").assert_silent_about("Wren").assert_silent_about("Family of");
    ana.child_enters("wren of ANA", &offered.to_uppercase()).await.assert_sent_to("/");
    let rows = crate::support::rows_of(&app.app.vault);
    assert!(!rows.iter().any(|row| row.windows(offered.len()).any(|part| part == offered.as_bytes())));
}

#[tokio::test]
async fn words_that_are_easy_to_guess_are_refused_and_the_form_says_why() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/learners/{}/sign-in", ana.learner);
    for (words, says) in [
        ("Wren of Ana Wren", "not built round the child"),
        ("the family of ana", "not built round the child"),
        ("123456789012", "among the million most common"),
        ("otter otter otter", "What is repeated is easy to guess"),
        ("fghijklmnopqrstuvw", "comes in order"),
    ] {
        let page = ana.submit(&path, &[("words", words)]).await.assert(422);
        assert!(page.words("#words-error").concat().contains(says), "{words}: {:?}", page.words("#words-error"));
        assert_eq!(page.attributes("#words", "value"), [words]);
        assert!(page.attributes("#address-value", "value").is_empty(), "nothing was set");
    }
    ana.submit(&path, &[("words", "wren found nine otters")]).await.assert(200);
}

#[tokio::test]
async fn a_parent_is_told_that_the_words_are_set_and_that_a_suggestion_is_not() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/learners/{}/sign-in", ana.learner);
    ana.visit(&path).await.assert(200).assert_silent_about("HEC cannot show the words again");
    let set = ana.submit(&path, &[("words", WORDS)]).await.assert(200);
    assert_eq!(set.words("[role=status] p"), ["The words are set: Wren of ana can sign in with them now."]);
    set.clone().assert_says("it can never show them again").assert_says("is a suggestion and not set yet");
    assert_ne!(set.attributes("#words", "value"), [WORDS]);
    let later = ana.visit(&path).await.assert(200).assert_says("HEC cannot show the words again");
    later.assert_silent_about("The words are set").assert_silent_about(WORDS).assert_says("not set yet");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_whom_to_ask_and_never_whether_it_ever_led_somewhere() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.child().await;
    let before = ana.door().await;
    ana.submit(&format!("/learners/{}/sign-in/address", ana.learner), &[]).await.assert(303);
    let never = app.visit("/learner/x").await.assert(404);
    assert_eq!(never.words("h1"), ["This address does not work any more"]);
    never.clone().assert_says("Ask your parent or carer how to sign in now").assert_silent_about("Go to the journal");
    for path in [before.clone(), format!("{before}x"), format!("/learner/{UNKNOWN}")] {
        assert_eq!(app.visit(&path).await.shape(&[]), never.shape(&[]), "{path}");
        let entered = app.submit(&path, &[("name", "Wren of ana"), ("password", WORDS)]).await;
        assert_eq!(entered.shape(&[]), never.shape(&[]), "{path}");
    }
    app.visit("/sign-in").await.assert(200).assert_says("You sign in at your family’s own address");
}

#[tokio::test]
async fn a_viewer_and_another_family_let_no_child_in() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let vera = app.viewer_of(&ana, "vera").await;
    let path = format!("/learners/{}/sign-in", ana.learner);
    vera.visit(&path).await.assert(403);
    vera.submit(&path, &[("words", WORDS)]).await.assert(403);
    ben.submit(&path, &[("words", WORDS)]).await.assert(404);
    ben.submit(&format!("{path}/end"), &[]).await.assert(404);
    ben.submit(&format!("{path}/address"), &[]).await.assert(404);
}

#[tokio::test]
async fn wrong_words_an_unknown_name_and_a_sibling_without_words_get_the_same_reply() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.has_child("Robin").await;
    ana.child().await;
    let mut shapes = Vec::new();
    for (nickname, words) in [("Wren of ana", "wrong words entirely"), ("Robin", WORDS), ("Nobody", WORDS)] {
        let reply = ana.child_enters(nickname, words).await.assert(422);
        assert!(reply.session().is_none());
        shapes.push(reply.shape(&[nickname]).replace(&format!("content-length: {}", reply.bytes.len()), ""));
    }
    assert_eq!((&shapes[0], &shapes[1]), (&shapes[1], &shapes[2]));
    let door = ana.door().await;
    for wrong in [format!("{door}x"), door[..door.len() - 1].to_owned(), "/learner/x".to_owned()] {
        app.visit(&wrong).await.assert(404);
        app.submit(&wrong, &[("name", "Wren of ana"), ("password", WORDS)]).await.assert(404);
    }
}

#[tokio::test]
async fn guesses_are_slowed_down_and_another_child_does_not_pay_for_them() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.child().await;
    let jay = ana.has_child("Jay").await;
    ana.submit(&format!("/learners/{jay}/sign-in"), &[("words", "quite other words")]).await.assert(200);
    let mut replies = Vec::new();
    for _ in 0..11 {
        replies.push(ana.child_enters("Wren of ana", "wrong words entirely").await);
    }
    let late = replies.last().unwrap();
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(late.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    ana.child_enters("Wren of ana", WORDS).await.assert(429);
    ana.child_enters("Jay", "quite other words").await.assert(303);
    app.minutes_pass(15);
    ana.child_enters("Wren of ana", WORDS).await.assert(303);
}

#[tokio::test]
async fn a_tablet_that_a_child_signed_in_on_gets_in_whoever_guesses_until_the_words_are_renewed() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.child().await;
    let cookie = |reply: &Reply| {
        let set =
            reply.headers.get_all("set-cookie").iter().find_map(|set| set.to_str().ok()?.strip_prefix("hec-device="));
        set.map(|set| format!("hec-device={}", set.split(';').next().unwrap_or_default()))
    };
    let device = cookie(&ana.child_enters("Wren of ana", WORDS).await.assert(303)).expect("a device");
    let mut guessed = 0;
    while ana.child_enters("wren of ana", "wrong words entirely").await.status != 429 {
        guessed += 1;
        assert!(guessed <= 10);
    }
    for nobody in 0..3 {
        ana.child_enters(&format!("Nobody {nobody}"), WORDS).await.assert(422);
    }
    let door = ana.door().await;
    let on_it = |words: &'static str| {
        let form = app.client.post(format!("{}{door}", app.url)).header("sec-fetch-site", "same-origin");
        form.header("cookie", &device).form(&[("name", "Wren of ana"), ("password", words)]).reply()
    };
    ana.child_enters("Wren of ana", WORDS).await.assert(429);
    assert!(cookie(&on_it(WORDS).await.assert(303)).is_none(), "it is known already");
    ana.submit(&format!("/learners/{}/sign-in", ana.learner), &[("words", "quite other words")]).await.assert(200);
    on_it("quite other words").await.assert(429);
}

#[tokio::test]
async fn a_child_who_signs_out_stands_at_the_door_again() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let child = ana.child().await;
    let door = ana.door().await;
    let next = child.visit("/").await.assert(200).attributes("form[action='/sign-out'] input[name=next]", "value");
    assert_eq!(next, [door.as_str()]);
    let out = child.submit("/sign-out", &[("next", &door)]).await;
    out.assert_sent_to(&format!("{door}?notice=signed-out"));
    ana.submit("/sign-out", &[("next", "//elsewhere.example/learner/")])
        .await
        .assert_sent_to("/sign-in?notice=signed-out");
}

#[tokio::test]
async fn a_child_sees_their_own_record_and_nothing_private() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let robin = ana.has_child("Robin").await;
    ana.notes("Mine").await;
    let hidden = ana.adds("Hush", json!({ "private": true })).await["id"].as_str().unwrap().to_owned();
    let other = ana.adds("Siblings", json!({ "learners": [robin] })).await["id"].as_str().unwrap().to_owned();
    let voices = json!([{ "learner": robin, "words": "xylophone" }, { "learner": ana.learner, "words": "drum" }]);
    let both = ana.adds("Together", json!({ "learners": [robin, ana.learner], "voices": voices })).await;
    let both = both["id"].as_str().unwrap().to_owned();
    let everybody = ana.adds("Everybody", json!({ "learners": [] })).await["id"].as_str().unwrap().to_owned();
    let wren = ana.child().await;
    let journal = wren.visit("/").await.assert(200);
    assert_eq!(journal.words(".card-title"), ["Together", "Mine"]);
    for page in ["/", &format!("/entries/{both}"), "/search?q=together", "/entries/new"] {
        let page = wren.visit(page).await.assert(200).assert_says("Your parents can see everything you write here.");
        page.assert_silent_about("Robin").assert_silent_about("xylophone").assert_silent_about(&robin);
    }
    for id in [&hidden, &other, &everybody] {
        let (foreign, unknown) =
            (wren.visit(&format!("/entries/{id}")).await, wren.visit(&format!("/entries/{UNKNOWN}")).await);
        assert_eq!(foreign.assert(404).shape(&[id]), unknown.shape(&[UNKNOWN]));
    }
    assert!(wren.visit(&format!("/?learner={robin}")).await.words(".card-title").is_empty());
    assert!(wren.visit("/search?q=xylophone").await.words(".card-title").is_empty());
    assert_eq!(wren.visit("/search?q=drum").await.words(".card-title"), ["Together"]);
    assert!(wren.visit("/search?q=hush").await.words(".card-title").is_empty());
    let api = wren.browse(Method::GET, &format!("/api/v1/entries/{both}")).header("sec-fetch-site", "same-origin");
    let api = api.reply().await.assert(200).json();
    assert_eq!(api["learners"], json!([ana.learner]));
    assert_eq!(api["voices"], json!([{ "learner": ana.learner, "words": "drum", "feeling": null }]));
}

#[tokio::test]
async fn a_childs_form_names_nothing_that_is_not_in_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let wren = ana.child().await;
    let form = wren.visit("/entries/new").await.assert(200).assert_says("Portfolio, draft or planned");
    assert!(!form.words("main form").concat().to_lowercase().contains("private"));
    ana.visit("/entries/new").await.assert(200).assert_says("Portfolio, private or planned");
}

#[tokio::test]
async fn pages_that_the_firewall_answers_with_carry_the_childs_sign_too() {
    let app = TestApp::start_with(|config| config.limits = true).await;
    let ana = app.parent("ana").await;
    let wren = ana.child().await;
    let host = |name: &'static str| wren.browse(Method::GET, "/").header("host", name);
    for (status, request) in [
        (404, wren.browse(Method::GET, "/entries/a%00b")),
        (404, wren.browse(Method::GET, "/no/such/page")),
        (405, wren.browse(Method::DELETE, "/search")),
        (414, wren.browse(Method::GET, &format!("/search?q={}", "x".repeat(9_000)))),
        (415, wren.browse(Method::POST, "/sign-out").header("content-type", "text/plain").body("x")),
        (421, host("evil.example")),
    ] {
        let page = request.reply().await.assert(status);
        page.assert_says("Your parents can see everything you write here.").assert_says("Go to your journal");
    }
    // Everybody else reads no such thing.
    ana.visit("/no/such/page").await.assert(404).assert_silent_about("Your parents can see");
    app.visit("/no/such/page").await.assert(404).assert_silent_about("Your parents can see");
    wren.in_session("made up".to_owned()).visit("/no/such/page").await.assert_silent_about("Your parents can see");
    // Whoever asks too fast.
    let mut last = wren.visit("/").await;
    for _ in 0..1_100 {
        last = wren.visit("/help").await;
        if last.status == 429 {
            break;
        }
    }
    last.assert(429).assert_says("Your parents can see everything you write here.");
}

#[tokio::test]
async fn what_is_the_parents_is_shut_to_a_child_in_kind_words() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = crate::support::Ids::of(&ana).await;
    let wren = ana.child().await;
    for path in [
        "/learners",
        &format!("/learners/{}", ids.learner),
        &format!("/learners/{}/sign-in", ids.learner),
        "/subjects",
        "/portfolio",
        &format!("/portfolio/{}", ids.portfolio),
        &format!("/portfolio/{}/download", ids.portfolio),
        "/account",
        "/family",
        "/family/log",
    ] {
        let page = wren.visit(path).await.assert(403);
        assert_eq!(page.words("h1"), ["This page is for your parents"], "{path}");
        page.assert_says("Your parents can see everything you write here.").assert_silent_about("/portfolio\"");
    }
    wren.visit(&format!("/entries/{UNKNOWN}")).await.assert(404).assert_says("Your parents can see");
    for path in ["/learners", "/family", "/family/leave", "/family/delete", "/portfolio", "/account/tokens"] {
        wren.submit(path, &[("nickname", "X"), ("name", "Family of ana")]).await.assert(403);
    }
    assert_ne!(wren.visit("/admin").await.status, 200);
}

#[tokio::test]
async fn a_child_changes_and_deletes_only_what_they_added() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let hers = ana.notes("Hers").await;
    let picture = ana.upload(&hers, "a.jpg", jpeg(1)).await.json()["id"].as_str().unwrap().to_owned();
    let wren = ana.child().await;
    let own = writes(&wren, "Conkers").await;
    ana.visit(&own).await.assert(200).assert_says("Added by");
    wren.visit(&format!("{own}/edit")).await.assert(200).assert_silent_about("name=\"private\"");
    let version = wren.visit(&format!("{own}/edit")).await.attributes("[name=version]", "value").remove(0);
    wren.submit_files(&format!("{own}/edit"), form(&wren, "Acorns").text("version", version)).await.assert(303);
    ana.visit(&own).await.assert_says("Acorns");
    wren.submit(&format!("{own}/delete"), &[]).await.assert(303);
    ana.visit(&own).await.assert(404);
    wren.submit(&format!("{own}/restore"), &[]).await.assert(303);

    let path = format!("/entries/{hers}");
    wren.visit(&path).await.assert(200).assert_silent_about("/delete");
    wren.visit(&format!("{path}/edit")).await.assert(403);
    wren.submit_files(&format!("{path}/edit"), form(&wren, "Stolen").text("version", "2")).await.assert(403);
    for act in ["delete", "star"] {
        wren.submit(&format!("{path}/{act}"), &[]).await.assert(403);
    }
    let by_cookie = |method: Method, path: String| {
        wren.browse(method, &format!("/api/v1{path}")).header("sec-fetch-site", "same-origin")
    };
    by_cookie(Method::DELETE, path.clone()).reply().await.assert_problem(403);
    by_cookie(Method::DELETE, format!("/attachments/{picture}")).reply().await.assert_problem(403);
    let caption = by_cookie(Method::PATCH, format!("/attachments/{picture}")).json(&json!({ "caption": "x" }));
    caption.reply().await.assert_problem(403);
    let upload = by_cookie(Method::POST, format!("{path}/attachments")).header("content-type", "image/jpeg");
    upload.body(jpeg(2)).reply().await.assert_problem(403);
    let draft = json!({ "date": TODAY, "learners": [ana.learner], "title": "Stolen" });
    let put = by_cookie(Method::PUT, path.clone()).header("if-match", "\"2\"").json(&draft);
    put.reply().await.assert_problem(403);
    assert_eq!(ana.get(&path).await.json()["title"], "Hers");
    let secret = json!({ "date": TODAY, "learners": [ana.learner], "title": "x", "private": true });
    by_cookie(Method::POST, "/entries".into()).json(&secret).reply().await.assert_problem(403);
    let nobodys = json!({ "date": TODAY, "title": "x" });
    by_cookie(Method::POST, "/entries".into()).json(&nobodys).reply().await.assert_refused("learners", "required");
}

#[tokio::test]
async fn a_child_adds_their_own_voice_and_what_siblings_said_stays() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let robin = ana.has_child("Robin").await;
    let said = json!([{ "learner": robin, "words": "brr", "feeling": "hard" }]);
    let more = json!({ "learners": [robin, ana.learner], "voices": said, "text": "Cold." });
    let entry = ana.adds("Swim", more).await["id"].as_str().unwrap().to_owned();
    let wren = ana.child().await;
    let path = format!("/entries/{entry}");
    wren.visit(&path).await.assert_says("What do you say about it?");
    let voice = [("words", "I liked the cold."), ("feeling", "good")];
    wren.submit(&format!("{path}/voice"), &voice).await.assert(303);
    let api = ana.get(&path).await.json();
    assert_eq!(api["learners"], json!([robin, ana.learner]));
    assert_eq!(api["text"], "Cold.");
    let voices = json!([{ "learner": robin, "words": "brr", "feeling": "hard" },
        { "learner": ana.learner, "words": "I liked the cold.", "feeling": "good" }]);
    assert_eq!(api["voices"], voices);
    wren.submit(&format!("{path}/voice"), &[("words", &"x".repeat(2_001))]).await.assert(422);
    wren.submit(&format!("{path}/voice"), &[("words", "")]).await.assert(303);
    assert_eq!(ana.get(&path).await.json()["voices"], json!([{ "learner": robin, "words": "brr", "feeling": "hard" }]));
    ana.submit(&format!("{path}/voice"), &voice).await.assert(404);
}

#[tokio::test]
async fn new_words_the_end_and_a_carer_who_goes_sign_a_child_out_at_once() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/learners/{}/sign-in", ana.learner);

    let first = ana.child().await;
    let second = ana.child().await;
    first.visit("/").await.assert_sent_to("/sign-in");
    second.visit("/").await.assert(200);
    ana.submit(&format!("{path}/end"), &[]).await.assert(303);
    second.visit("/").await.assert_sent_to("/sign-in");

    let third = ana.child().await;
    let door = ana.door().await;
    let carl = app.member_of(&ana, "carl", hec::types::Role::Carer).await;
    let vera = app.viewer_of(&ana, "vera").await;
    let remove = |person: &Person| format!("/family/members/{}/remove", person.caller.account);
    let told = "What your children sign in with stops working";
    ana.visit(&remove(&vera)).await.assert(200).assert_silent_about(told);
    ana.submit(&remove(&vera), &[]).await.assert_sent_to("/family?notice=member-removed");
    third.visit("/").await.assert(200);
    ana.visit(&remove(&carl)).await.assert(200).assert_says(told);
    ana.submit(&remove(&carl), &[]).await.assert_sent_to("/family?notice=carer-removed");
    third.visit("/").await.assert_sent_to("/sign-in");
    app.visit(&door).await.assert(404);
    ana.visit(&path).await.assert_says("They stopped working: set new ones.");
    let fourth = ana.child().await;
    fourth.visit("/").await.assert(200);
    ana.submit(&format!("/learners/{}/archive", ana.learner), &[]).await.assert(303);
    fourth.visit("/").await.assert_sent_to("/sign-in");
}

#[tokio::test]
async fn where_no_child_signed_in_nobody_is_told_that_words_have_stopped() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/learners/{}", ana.learner);
    let remove = |person: &Person| format!("/family/members/{}/remove", person.caller.account);
    // Words that were turned off, and those of a child who is archived, let nobody in.
    for stop in [None, Some("sign-in/end"), Some("archive")] {
        let carl =
            app.member_of(&ana, &format!("carl{}", stop.unwrap_or_default().len()), hec::types::Role::Carer).await;
        if let Some(stop) = stop {
            ana.child().await;
            ana.submit(&format!("{path}/{stop}"), &[]).await.assert(303);
        }
        ana.visit(&remove(&carl)).await.assert(200).assert_silent_about("What your children sign in with");
        ana.submit(&remove(&carl), &[]).await.assert_sent_to("/family?notice=member-removed");
    }
    // Who may only read along from now on knew the words as well.
    ana.submit(&format!("{path}/unarchive"), &[]).await.assert(303);
    let wren = ana.child().await;
    let cara = app.member_of(&ana, "cara", hec::types::Role::Carer).await;
    let members = format!("/family/members/{}", cara.caller.account);
    ana.submit(&members, &[("role", "viewer")]).await.assert_sent_to("/family?notice=role-changed-words");
    wren.visit("/").await.assert_sent_to("/sign-in");
    ana.visit("/family?notice=role-changed-words").await.assert(200).assert_says("has stopped working");
}

#[tokio::test]
async fn a_new_address_shuts_the_old_one_and_signs_nobody_out() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let wren = ana.child().await;
    let before = ana.door().await;
    ana.submit(&format!("/learners/{}/sign-in/address", ana.learner), &[]).await.assert(303);
    assert_ne!(ana.door().await, before);
    app.visit(&before).await.assert(404);
    app.submit(&before, &[("name", "Wren of ana"), ("password", WORDS)]).await.assert(404);
    wren.visit("/").await.assert(200);
}

#[tokio::test]
async fn a_childs_session_ends_after_thirty_idle_days() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let wren = ana.child().await;
    app.days_pass(29);
    wren.visit("/").await.assert(200);
    app.days_pass(29);
    wren.visit("/").await.assert(200);
    app.days_pass(31);
    wren.visit("/").await.assert_sent_to("/sign-in");
}

#[tokio::test]
async fn the_familys_log_tells_of_a_childs_sign_in() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.child().await;
    ana.child_enters("Wren of ana", "wrong words entirely").await.assert(422);
    ana.submit(&format!("/learners/{}/sign-in/end", ana.learner), &[]).await.assert(303);
    // Nobody waits for the line about a refused one.
    let mut told: Vec<String> = Vec::new();
    for _ in 0..1_000 {
        let lines = ana.visit("/family/log").await.words(".item > div");
        told = lines.iter().map(|line| line.lines().next().unwrap_or_default().to_owned()).collect();
        if told.len() > 3 {
            break;
        }
    }
    for line in [
        "ana ended the sign-in of Wren of ana",
        "Somebody tried to sign in as Wren of ana, and could not",
        "Wren of ana signed in",
        "ana let Wren of ana sign in",
    ] {
        assert!(told.iter().any(|told| told.starts_with(line)), "{line}: {told:?}");
    }
}
