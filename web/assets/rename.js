// Shows another name in a portfolio document. Runs in HEC's own page and inside the document itself,
// where there is no network at all; it only reads and writes the document it is handed.
// The rules are those of src/portfolio/rename.rs; tests/vectors/rename.json keeps the two equal.
"use strict";
var hecRename = (function () {
  const LETTER = /^\p{Alphabetic}$/u;
  const MARK = /^\p{M}$/u;
  const MARKS = /\p{M}/gu;
  const NUMBER = /^\p{N}$/u;
  const SPACE = /^\p{White_Space}$/u;
  const SPACES = /\p{White_Space}+/gu;
  const EDGES = /^\p{White_Space}+|\p{White_Space}+$/gu;
  const UNSEEN = /^[\u00AD\u200B-\u200D\u2060\uFEFF\uFE00-\uFE0F]$/u;
  const FORBIDDEN = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\u2028\u2029]/u;
  const OPENERS = "([{<\"\u201C\u00AB\u2013\u2014-/";
  const LONGEST = 60;

  const collapse = (text) => text.replace(SPACES, " ").replace(EDGES, "").normalize("NFC");
  const lower = (text) => text.toLowerCase();
  const upper = (text) => text.toUpperCase();
  const isWord = (kind) => kind === "L" || kind === "M";

  // A text as comparable characters: decomposed, without case, spaces as one, each knowing where it came from.
  function stream(text) {
    const s = { text, key: [], kind: [], start: [], end: [], first: [], last: [] };
    let at = 0;
    while (at < text.length) {
      const begin = at;
      let char = String.fromCodePoint(text.codePointAt(at));
      at += char.length;
      let cluster = char;
      if (SPACE.test(char)) {
        while (at < text.length && SPACE.test(text[at])) at += 1;
        cluster = " ";
      } else {
        while (at < text.length && text.charCodeAt(at) > 127) {
          char = String.fromCodePoint(text.codePointAt(at));
          if (!MARK.test(char)) break;
          cluster += char;
          at += char.length;
        }
      }
      const opens = s.key.length;
      for (const plain of cluster.length === 1 && cluster < "\x80" ? cluster : cluster.normalize("NFD")) {
        if (UNSEEN.test(plain)) continue;
        for (const key of lower(upper(plain))) {
          const same = key === "\u2019" || key === "\u02BC" ? "'" : key === "\u2010" || key === "\u2011" ? "-" : key;
          s.key.push(same);
          s.kind.push(kindOf(same));
          s.start.push(begin);
          s.end.push(at);
          s.first.push(false);
          s.last.push(false);
        }
      }
      if (s.key.length > opens) {
        s.first[opens] = true;
        s.last[s.key.length - 1] = true;
      }
    }
    return s;
  }

  function kindOf(key) {
    if (MARK.test(key)) return "M";
    if (LETTER.test(key)) return "L";
    if (NUMBER.test(key)) return "N";
    return key === " " ? "S" : "O";
  }

  function name(raw) {
    const plain = collapse(raw);
    const s = stream(plain);
    return { plain, key: s.key, kind: s.kind, letters: s.kind.filter((k) => k === "L").length };
  }

  function stands(s, at, needle) {
    if (at + needle.length > s.key.length) return false;
    for (let i = 0; i < needle.length; i += 1) if (s.key[at + i] !== needle[i]) return false;
    return true;
  }

  // Whether a neighbour joins the name to a longer word.
  function joins(edge, neighbour) {
    if (isWord(edge)) return isWord(neighbour);
    return edge === "N" && (isWord(neighbour) || neighbour === "N");
  }

  // Counts quotation marks that are open, so that a closing one is not taken for a possessive.
  function quotes(s) {
    let at = 0;
    let curly = 0;
    let straight = 0;
    return function (until) {
      for (; at < until; at += 1) {
        const char = s.text[s.start[at]];
        if (char !== "\u2018" && char !== "\u2019" && char !== "'") continue;
        const before = at ? s.kind[at - 1] : "S";
        const after = at + 1 < s.kind.length ? s.kind[at + 1] : "S";
        if ((isWord(before) || before === "N") && isWord(after)) continue;
        if (char === "\u2018") curly += 1;
        else if (char === "\u2019") curly -= curly && before !== "S" ? 1 : 0;
        else if (before === "S" || (before === "O" && OPENERS.includes(s.key[at - 1]))) straight += after === "S" ? 0 : 1;
        else straight -= straight ? 1 : 0;
      }
      return { "\u2019": curly > 0, "'": straight > 0 };
    };
  }

  // How the occurrence was written decides how the new name is.
  function shape(raw, old, to) {
    const seen = collapse(Array.from(raw).filter((c) => !UNSEEN.test(c)).join(""));
    if (seen === old.plain) return { text: to };
    const low = lower(seen);
    const high = upper(seen);
    if (low !== high) {
      if (seen === low) return old.plain === lower(old.plain) ? { text: to } : { text: lower(to), lower: true };
      const cased = Array.from(seen).filter((c) => lower(c) !== upper(c)).length;
      if (seen === high && cased > 1) return { text: upper(to), caps: true };
      const head = Array.from(old.plain)[0];
      const mine = Array.from(seen)[0];
      if (head === lower(head) && head !== upper(head) && mine !== lower(mine)) {
        const [first, ...rest] = Array.from(to);
        return { text: upper(first) + rest.join("") };
      }
    }
    return { text: to };
  }

  // All that is to be known of one text: the edits, what stays in lower case, the words left over.
  function scan(text, from, to, keepLowercase) {
    const old = name(from);
    const found = { edits: [], lowercase: 0, leftovers: [] };
    const size = old.key.length;
    if (!size) return found;
    const s = stream(text);
    const covered = new Uint8Array(s.key.length);
    const open = quotes(s);
    const [headKind, tailKind, tail] = [old.kind[0], old.kind[size - 1], old.key[size - 1]];
    for (let i = 0; i + size <= s.key.length; i += 1) {
      const j = i + size;
      if (!s.first[i] || !s.last[j - 1] || !stands(s, i, old.key)) continue;
      if (i && joins(headKind, s.kind[i - 1])) continue;
      const sloppy = old.letters > 1 && isWord(tailKind) && tail !== "s" && s.key[j] === "s" && !isWord(s.kind[j + 1]);
      if (j < s.key.length && joins(tailKind, s.kind[j]) && !sloppy) continue;
      const form = shape(text.slice(s.start[i], s.end[j - 1]), old, to);
      if (form.lower && old.letters < 2) continue;
      covered.fill(1, i, j);
      if (form.lower) found.lowercase += 1;
      if (!(form.lower && keepLowercase)) {
        let end = s.end[j - 1];
        let put = form.text;
        const endsInS = /[sS]$/.test(to);
        if (tail === "s" && s.key[j] === "'" && !isWord(s.kind[j + 1]) && !endsInS) {
          const mark = text[s.start[j]];
          if (!open(j)[mark]) {
            put += mark + (form.caps ? "S" : "s");
            end = s.end[j];
          }
        } else if (sloppy && endsInS) {
          put += "'";
        }
        found.edits.push({ start: s.start[i], end, text: put });
      }
      i = j - 1;
    }
    if (old.letters > 1) found.leftovers = leftovers(s, old, covered);
    return found;
  }

  // Words that still hold the old name as a part, accents or not; and, of a name of several words, one that stands alone.
  function leftovers(s, old, covered) {
    const bare = [];
    for (let i = 0; i < s.key.length; i += 1) if (s.kind[i] !== "M") bare.push(i);
    const thin = { key: bare.map((i) => s.key[i]) };
    const whole = old.key.filter((_, i) => old.kind[i] !== "M");
    const parts = old.plain.includes(" ") ? old.plain.split(" ").map(name).filter((part) => part.letters > 2) : [];
    const words = [];
    for (let b = 0; b < bare.length; b += 1) {
      let from = bare[b];
      let to;
      if (stands(thin, b, whole)) {
        to = bare[b + whole.length - 1] + 1;
      } else {
        const part = parts.find((p) => stands(s, from, p.key) && standsAlone(s, from, p));
        if (!part) continue;
        to = from + part.key.length;
      }
      let free = true;
      for (let i = from; i < to; i += 1) if (covered[i]) free = false;
      if (!free) continue;
      const partOf = (i) => (isWord(s.kind[i]) || s.kind[i] === "N") && !covered[i];
      while (from > 0 && partOf(from - 1)) from -= 1;
      while (to < s.key.length && partOf(to)) to += 1;
      const word = collapse(s.text.slice(s.start[from], s.end[to - 1]));
      if (!words.includes(word)) words.push(word);
      while (b + 1 < bare.length && bare[b + 1] < to) b += 1;
    }
    return words;
  }

  function standsAlone(s, at, part) {
    const end = at + part.key.length;
    if (isWord(s.kind[at - 1]) || isWord(s.kind[end])) return false;
    return collapse(s.text.slice(s.start[at], s.end[end - 1])) === part.plain && part.plain !== lower(part.plain);
  }

  function apply(text, edits) {
    let out = "";
    let at = 0;
    for (const edit of edits) {
      out += text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return out + text.slice(at);
  }

  // One text with the name replaced.
  function text(source, from, to, keepLowercase) {
    const found = scan(source, from, collapse(to), keepLowercase);
    return { text: apply(source, found.edits), changed: found.edits.length, leftovers: found.leftovers };
  }

  // What is wrong with a new name: "empty", "long", "control", or null.
  function check(to) {
    if (FORBIDDEN.test(to)) return "control";
    const plain = collapse(to);
    if (!plain) return "empty";
    return Array.from(plain).length > LONGEST ? "long" : null;
  }

  // The suggested file name. Where no honest one is left, a plain one.
  function fileName(source, from, to) {
    const stem = source.replace(/\.html?$/iu, "");
    const joined = /\p{White_Space}/u.test(stem) ? " " : "-";
    const safe = collapse(to).replace(/[\p{Cc}/\\:*?"<>|%#]/gu, "-").replace(/^[.\-\s]+|[.\-\s]+$/gu, "").replace(/ /gu, joined);
    const old = collapse(from);
    const bare = old.normalize("NFD").replace(MARKS, "");
    let out = stem;
    for (const plain of [old, bare]) {
      for (const gap of [" ", "-", "_", ""]) {
        if (out === stem) out = text(stem, plain.replace(/ /gu, gap), safe || "portfolio", false).text;
      }
    }
    const [held, wanted] = [squeeze(out), squeeze(bare)];
    const leaks = held.includes(wanted) && !squeeze(safe).includes(wanted) && name(bare).letters > 1;
    return (out && !leaks ? out : "portfolio") + ".html";
  }

  function squeeze(source) {
    const s = stream(source);
    return s.key.filter((_, i) => s.kind[i] === "L" || s.kind[i] === "N").join("");
  }

  const INLINE = new Set("a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var wbr".split(" "));
  const ATTRIBUTES = ["alt", "title", "aria-label"];
  const FIXED_METAS = new Set(["viewport", "referrer", "robots", "color-scheme", "format-detection", "generator", "hec-nickname", "hec-file-name"]);

  // Texts that read as one: the text nodes of a paragraph, whatever is bold in it. Words of HEC's own are left out.
  function runs(root) {
    const all = [];
    let run = [];
    const flush = () => {
      if (run.length) all.push(run);
      run = [];
    };
    (function walk(node) {
      for (let child = node.firstChild; child; child = child.nextSibling) {
        if (child.nodeType === 3) run.push(child);
        if (child.nodeType !== 1) continue;
        const tag = child.localName;
        if (tag === "style" || tag === "script" || child.classList.contains("hec-fixed")) flush();
        else if (INLINE.has(tag)) walk(child);
        else {
          flush();
          walk(child);
          flush();
        }
      }
    })(root);
    flush();
    return all;
  }

  function attributes(root) {
    const all = [];
    for (const attribute of ATTRIBUTES) {
      for (const element of root.querySelectorAll("[" + attribute + "]")) all.push([element, attribute]);
    }
    for (const meta of root.querySelectorAll("meta[name][content]")) {
      if (!FIXED_METAS.has(lower(meta.getAttribute("name")))) all.push([meta, "content"]);
    }
    return all;
  }

  // Puts an edit that may span several text nodes into the first of them.
  function edit(nodes, edits) {
    let at = 0;
    for (const node of nodes) {
      const data = node.data;
      const end = at + data.length;
      const mine = [];
      for (const one of edits) {
        if (one.end <= at || one.start >= end) continue;
        mine.push({ start: Math.max(one.start, at) - at, end: Math.min(one.end, end) - at, text: one.start >= at ? one.text : "" });
      }
      if (mine.length) node.data = apply(data, mine);
      at = end;
    }
  }

  const meta = (doc, key) => doc.querySelector('meta[name="' + key + '"]');
  const content = (doc, key) => (meta(doc, key) ? meta(doc, key).getAttribute("content") : "");

  // Removes the box, scripts and comments: a saved copy is a plain page.
  function strip(doc) {
    for (const element of doc.querySelectorAll("#hec-box, script, noscript")) element.remove();
    const comments = [];
    const walker = doc.createTreeWalker(doc, 128);
    while (walker.nextNode()) comments.push(walker.currentNode);
    for (const comment of comments) comment.remove();
    for (const policy of doc.querySelectorAll('meta[http-equiv="Content-Security-Policy" i]')) {
      const kept = policy.getAttribute("content").split(";").map((part) => part.trim());
      policy.setAttribute("content", kept.filter((part) => part && !/^script-src/iu.test(part)).join("; "));
    }
  }

  // Renames a whole document, which is stripped first. Returns the places changed, the lower-case ones
  // (changed or not), the words left over, and the new file name.
  // Options: keepLowercase; from (else the name that the document records); look (change nothing).
  function inDocument(doc, to, options) {
    const given = options || {};
    const recorded = content(doc, "hec-nickname");
    const from = given.from || recorded;
    const plain = collapse(to);
    const result = { changed: 0, lowercase: 0, leftovers: [], samples: [], fileName: fileName(content(doc, "hec-file-name"), from, plain) };
    if (!given.look) strip(doc);
    const take = (source) => {
      const found = scan(source, from, plain, given.keepLowercase);
      result.changed += found.edits.length;
      result.lowercase += found.lowercase;
      for (const word of found.leftovers) if (!result.leftovers.includes(word)) result.leftovers.push(word);
      return found.edits;
    };
    for (const nodes of runs(doc.documentElement)) {
      const source = nodes.map((node) => node.data).join("");
      const edits = take(source);
      if (edits.length && nodes[0].parentNode.localName !== "title") result.samples.push({ source, edits });
      if (edits.length && !given.look) edit(nodes, edits);
    }
    for (const [element, attribute] of attributes(doc)) {
      const source = element.getAttribute(attribute);
      const edits = take(source);
      if (edits.length && !given.look) element.setAttribute(attribute, apply(source, edits));
    }
    if (!given.look) {
      const whole = collapse(from) === collapse(recorded);
      meta(doc, "hec-nickname").setAttribute("content", whole ? plain : text(recorded, from, plain, false).text);
      if (meta(doc, "hec-file-name")) meta(doc, "hec-file-name").setAttribute("content", result.fileName);
    }
    return result;
  }

  // Reads a document's text under a page whose policy forbids the document's own style: that waits outside.
  const HELD = '<meta name="hec-held-style">';
  function parse(html) {
    const [start, end] = [html.indexOf("<style>"), html.indexOf("</style>")];
    const held = { style: start < 0 || end < start ? "" : html.slice(start, end + 8) };
    const rest = held.style ? html.slice(0, start) + HELD + html.slice(end + 8) : html;
    return { doc: new DOMParser().parseFromString(rest, "text/html"), held };
  }

  const isDocument = (doc) => !!content(doc, "hec-nickname");

  // The document as a file. Pictures go in piece by piece: no string ever holds them all.
  function blob(doc, held) {
    const token = "hec-picture-" + Math.random().toString(36).slice(2);
    const sources = [];
    for (const image of doc.querySelectorAll("img[src^='data:']")) {
      sources.push(image.getAttribute("src"));
      image.setAttribute("src", token);
    }
    const html = doc.documentElement.outerHTML.replace(HELD, () => (held ? held.style : HELD));
    const pieces = html.split(token);
    const parts = ["<!DOCTYPE html>\n"];
    pieces.forEach((piece, i) => parts.push(piece, i < sources.length ? sources[i] : ""));
    parts.push("\n");
    return new Blob(parts, { type: "text/html" });
  }

  // Hands the file to the browser's own downloads; nothing leaves the device.
  function save(doc, as, held) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob(doc, held));
    link.download = as;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  return { text, check, fileName, document: inDocument, isDocument, strip, parse, save };
})();
