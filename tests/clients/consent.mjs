// A person in front of the pages, by plain forms: signs in, and lets an app in to all that it asks for.
const { ISSUER, EMAIL, PASSWORD } = process.env;

async function post(path, fields, cookie = "") {
  const headers = { origin: ISSUER, cookie };
  const reply = await fetch(new URL(path, ISSUER), { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
  if (reply.status !== 303) throw new Error(`POST ${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}

export async function consent(url) {
  const entered = await post("/sign-in", { email: EMAIL, password: PASSWORD });
  const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const page = await fetch(url, { headers: { cookie }, redirect: "manual" });
  const html = await page.text();
  if (page.status !== 200) throw new Error(`${url}: ${page.status} ${html}`);
  const plain = (text) => text.replaceAll("&amp;", "&").replaceAll("&#x2f;", "/").replaceAll("&quot;", '"');
  const action = plain(html.match(/<form method="post" action="([^"]*authorize[^"]*)"/)[1]);
  const scopes = [...html.matchAll(/name="allow" value="([^"]+)"/g)].map(([, scope]) => plain(scope));
  const fields = [...scopes.map((scope) => ["allow", scope]), ["learners", "all"], ["decision", "allow"]];
  return new URL((await post(action, fields, cookie)).headers.get("location"));
}
