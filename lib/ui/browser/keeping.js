// What the browser does for a page: its address says what is shown, terms are explained where
// they stand, and plans are kept if wanted.
// Everything comes as data from our own server. Nothing is kept before the visitor said so.

const KEPT = "hepar.plans"; // [[digest of the headers, plan as TOML], ...], the newest last
let done = ""; // what the visitor said last of keeping, of what is done

// What this browser keeps, as it stands; null where the visitor never agreed, or took it back.
function kept() {
  return window.localStorage.getItem(KEPT);
}

function list() {
  try {
    const found = JSON.parse(kept());
    return Array.isArray(found) ? found.filter(Array.isArray) : [];
  } catch (failure) {
    console.error(failure); // whatever else wrote there: it is written anew
    return [];
  }
}

// Agreed: an empty list at first. Taken back: nothing at all.
function agree({ said, keeps }) {
  if (said === done) return;
  if (keeps && kept() === null) window.localStorage.setItem(KEPT, "[]");
  if (!keeps) window.localStorage.removeItem(KEPT);
  done = said;
}

// Keep the plan of what is open, as the newest; the oldest go once there are too many.
function keep({ plan, most }) {
  if (!plan || kept() === null) return;
  const [digest, words] = plan;
  const others = list().filter(([name]) => name !== digest);
  const all = JSON.stringify([...others, [digest, words]].slice(-most));
  if (all !== kept()) window.localStorage.setItem(KEPT, all);
}

// Replace, and never push: one step back leads to the page before.
function say({ query, language }) {
  document.documentElement.lang = language;
  const { pathname, search, hash } = window.location;
  const wanted = query && `?${query}`;
  if (search !== wanted) window.history.replaceState({}, "", pathname + wanted + hash);
}

// What a term means, wherever words of the page have it: on its element, for who stays over it.
const SAYING =
  "th, td, label, p, li, h1, h2, h3, [data-testid=stMetricLabel], [data-testid=stMetricValue]";
let terms = { find: null, means: {}, title: "" };
let waits = false;
const seen = new WeakMap(); // the words of an element when it was looked at last

function explain() {
  waits = false;
  for (const each of document.querySelectorAll(SAYING)) {
    const words = each.textContent;
    if (seen.get(each) === words) continue;
    seen.set(each, words);
    const found = new Set();
    for (const [, term] of words.matchAll(terms.find)) found.add(terms.means[term.toLowerCase()]);
    if (found.size) each.title = Array.from(found).join("\n");
    else if (each.hasAttribute("data-told")) each.removeAttribute("title");
    each.toggleAttribute("data-told", found.size > 0);
  }
  list_terms();
}

// The same at the end of the page, for who has no mouse: one stop of the keyboard.
let listed = "";

function list_terms() {
  const place = document.querySelector("[data-testid=stMainBlockContainer]");
  if (!place) return;
  const told = Array.from(place.querySelectorAll("[data-told]"), (each) => each.title.split("\n"));
  const lines = Array.from(new Set(told.flat())).sort();
  const words = lines.join("\n");
  let box = place.querySelector(":scope > [data-terms]");
  if (box && words === listed) return;
  listed = words;
  if (!lines.length) return box?.remove();
  if (!box) {
    box = document.createElement("details");
    box.toggleAttribute("data-terms", true);
    place.append(box);
  }
  const summary = document.createElement("summary");
  summary.textContent = terms.title;
  const list = document.createElement("dl");
  for (const line of lines) {
    const [term, ...means] = line.split(": ");
    for (const [kind, said] of [["dt", term], ["dd", means.join(": ")]]) {
      const made = document.createElement(kind);
      made.textContent = said;
      list.append(made);
    }
  }
  box.replaceChildren(summary, list);
}

function watch({ glossary, terms: title }) {
  if (!glossary || terms.title === title) return;
  const watches = terms.find !== null;
  const names = Object.keys(glossary);
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const means = names.map((name) => [name.toLowerCase(), `${name}: ${glossary[name]}`]);
  const find = new RegExp(`(?<![\\p{L}\\d])(${escaped.join("|")})s?(?![\\p{L}\\d])`, "giu");
  terms = { find, means: Object.fromEntries(means), title };
  if (watches) return;
  const soon = () => {
    if (!waits) window.setTimeout(explain, 300);
    waits = true;
  };
  new MutationObserver(soon).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  soon();
}

// The platform's own words, which are English alone, in the visitor's language: in the places that
// are the platform's, and nowhere in what a page or a file says.
const NAMED =
  "a, button, nav, [role=menu], [role=group], [role=listbox], section, input[type=file], [data-testid]";
const SAID = [
  "[data-testid=stSkipToContent], [data-testid=stMainMenuList], [data-testid=stStatusWidget]",
  "[data-testid=stFileUploaderDropzone], [data-testid=stFileUploaderFileErrorMessage]",
  "[data-testid=stTooltipContent], [data-testid=InputInstructions], [data-empty] [role=option]",
  "[id$=__select_all__], [data-testid^=stDataFrameColumn], [role=dialog]",
  "[data-testid=stTopNavSection], [data-testid=stSidebarNavViewButton], [data-testid=stDateInput]",
].join(", ");
const english = new Map(); // of whatever was said in any language
const forms = new Map(); // of what has places for values, by the English: how it was ever said
let own = {};
let rewords = false;

const placed = /\{(\w+)\}/;

function spoken_as(words) {
  const known = english.get(words);
  if (known !== undefined) return own[known] ?? known;
  for (const [said, ways] of forms) {
    for (const way of ways) {
      const found = words.match(way);
      if (!found) continue;
      return (own[said] ?? said).replace(placed, (_whole, name) => value_of(name, found[1]));
    }
  }
  return words;
}

// What is filled in is left as it is, but where it is the platform's own too.
function value_of(name, words) {
  if (name === "action") return spoken_as(words);
  return name === "size" ? words.replace(/[^\d.,]+$/, (unit) => spoken_as(unit)) : words;
}

function learn(said, words) {
  if (!placed.test(said)) return english.set(words, said);
  const escaped = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const [before, , after] = words.split(placed).map(escaped);
  if (!forms.has(said)) forms.set(said, []);
  forms.get(said).push(new RegExp(`^${before}(.+?)${after}(?= •|$)`));
}

function reword() {
  rewords = false;
  for (const each of document.querySelectorAll(`:is(${NAMED})[aria-label], input[placeholder]`)) {
    for (const name of ["aria-label", "placeholder"]) {
      const words = each.getAttribute(name);
      const said = words && spoken_as(words);
      if (said && said !== words) each.setAttribute(name, said);
    }
  }
  for (const each of document.querySelectorAll('[role=img][aria-label$=" icon"]')) {
    each.removeAttribute("aria-label"); // it stands beside words, and has an English name alone
    each.setAttribute("aria-hidden", "true");
  }
  for (const each of document.querySelectorAll(SAID)) {
    const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const [words, ...more] = texts.currentNode.data.split(" • ");
      const said = [spoken_as(words), ...more].join(" • ");
      if (said !== texts.currentNode.data) texts.currentNode.data = said;
    }
  }
}

function speak({ words }) {
  const same = JSON.stringify(words) === JSON.stringify(own);
  if (same) return;
  const watches = english.size > 0;
  for (const [said, worded] of Object.entries(words)) {
    learn(said, said);
    learn(said, worded);
  }
  own = words;
  const soon = () => {
    if (!rewords) window.requestAnimationFrame(reword);
    rewords = true;
  };
  soon();
  if (watches) return;
  new MutationObserver(soon).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["aria-label", "placeholder"],
  });
}

// The platform's own scripts that the pages of a file need, the largest that draws figures: had
// while the visitor looks for the file, and not while they wait for the first curve.
let had = false;

function have({ ahead }) {
  if (had || !ahead) return;
  had = true;
  const place = document.querySelector("script[type=module][src]").src;
  const all = () =>
    ahead.forEach((name) => import(new URL(name, place).href).catch(console.error));
  window.setTimeout(all, 300);
}

// `data` is what lib/ui/keeping.py says.
export default function ({ data, setTriggerValue }) {
  say(data);
  speak(data);
  watch(data);
  have(data);
  try {
    agree(data);
    keep(data);
    if (!data.told && kept() !== null) setTriggerValue("found", kept());
  } catch (failure) {
    console.error(failure);
    if (data.keeps) setTriggerValue("failed", true); // this browser keeps nothing, or no more
  }
}
