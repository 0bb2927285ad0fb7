// What the browser does for a page: its address says what is shown, and plans are kept if wanted.
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
function say({ query }) {
  const { pathname, search, hash } = window.location;
  const wanted = query && `?${query}`;
  if (search !== wanted) window.history.replaceState({}, "", pathname + wanted + hash);
}

// `data` is what lib/ui/keeping.py says.
export default function ({ data, setTriggerValue }) {
  say(data);
  try {
    agree(data);
    keep(data);
    if (!data.told && kept() !== null) setTriggerValue("found", kept());
  } catch (failure) {
    console.error(failure);
    if (data.keeps) setTriggerValue("failed", true); // this browser keeps nothing, or no more
  }
}
