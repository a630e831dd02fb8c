// Every suite in one process: they share one server and one browser. `node --test NAME.test.js` runs one of them.
import "./phone.test.js";
import "./portfolio.test.js";
import "./plain.test.js";
import "./apps.test.js";
import "./child.test.js";
import "./entry.test.js";
import "./keyboard.test.js";
import "./photos.test.js";
import "./pages.test.js";
import "./factor.test.js";
import "./passkey.test.js";
import "./beside.test.js";
import "./unlock.test.js";
import "./setup.test.js";
import "./passwords.test.js";
