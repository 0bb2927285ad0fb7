// A figure that stays in its place while what it shows changes: Plotly brings it up to date.
// What it shows stands in an element of the page, by lib/ui/charts.py, and is drawn as soon as the
// page has that; the library lies beside this file, on our server.

const LIBRARY = new URL("plotly.min.js?v=4.1.1", import.meta.url);
const CORNERS = "M0 0h160v64H64v96H0zM288 0h160v160h-64V64h-96zM0 288h64v96h96v64H0zM384 288h64v160H288v-64h96z";
const ICON = { width: 448, height: 448, path: CORNERS };
const DARK = 0.5; // a page whose ground is less light than that is a dark one
const TALL = 1000; // pixels of a window in which figures are as high as they are drawn
const LESS = ["zoom2d", "pan2d", "resetScale2d"]; // buttons that a figure goes without on its legend
const PAPER = 680; // pixels between the margins of a page of A4
let library = null;

plotly().catch(console.error); // while the figure itself is on its way

function plotly() {
  library ??= import(LIBRARY).then(() => window.Plotly);
  library.catch(() => (library = null));
  return library;
}

// A copy of a part with something otherwise, by its names.
function otherwise(part, changes) {
  const made = Array.isArray(part) ? [...part] : { ...part };
  for (const [name, change] of Object.entries(changes)) {
    const nested = change && typeof change === "object" && !Array.isArray(change);
    made[name] = nested ? otherwise(part[name], change) : change;
  }
  return made;
}

function isDark(box) {
  const [red, green, blue] = window
    .getComputedStyle(box)
    .getPropertyValue("--st-background-color")
    .match(/[0-9a-f]{2}/gi)
    .map((part) => parseInt(part, 16) / 255);
  return 0.299 * red + 0.587 * green + 0.114 * blue < DARK;
}

// How high a figure is: where the window is less high it gives, down to what its plot can be read at.
function high({ height, meta }) {
  const gives = meta?.gives ?? 0;
  return `max(${height - gives}px, min(${height}px, 100vh - ${TALL - height}px))`;
}

// Where plots stand in a figure of another height: all share in what it grows or gives, unless the
// first does alone, above rows that stay as high as they are.
function placed({ height, margin, meta, ...layout }, now) {
  if (!meta?.first) return {};
  const before = height - margin.t - margin.b;
  const after = now - margin.t - margin.b;
  const axes = Object.keys(layout).filter((name) => /^yaxis\d*$/.test(name));
  return Object.fromEntries(
    axes.map((name) => {
      const [low, top] = layout[name].domain.map((end) => (end * before) / after);
      return [`${name}.domain`, name === "yaxis" ? [low, 1] : [low, top]];
    }),
  );
}

// Whether two boxes meet.
const meet = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

// What a point carries along, if it does.
const carried = (customdata) => String([customdata].flat()[0] ?? "");

// Have the points that carry something along stand out, where there are any.
function apart(traces, chosen) {
  const carry = traces.filter((trace) => Array.isArray(trace.customdata));
  const points = carry.map(({ customdata }) =>
    customdata.flatMap((each, at) => (carried(each) === chosen ? [at] : [])),
  );
  if (points.some((found) => found.length)) {
    carry.forEach((trace, at) => (trace.selectedpoints = points[at]));
  }
}

const shows = "[data-figure]"; // an element that says what a figure shows, of which place
const comes = "[data-coming]"; // one that says what it is to show, once what is pressed
const turn = "[data-turn]"; // one that says that all of the page is told
const told = [shows, turn].join();
const charts = new Map(); // by their places

new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (!(node instanceof HTMLElement)) continue; // a figure draws itself of others
      for (const { dataset } of node.matches(told) ? [node] : node.querySelectorAll(told)) {
        if (dataset.turn) charts.forEach((chart, place) => chart.show(last(place) ?? chart.last));
        else charts.get(dataset.figure)?.show(dataset.shows);
      }
    }
  }
}).observe(document.body, { childList: true, subtree: true });

// What the page says of a figure. A run tells from the top on: below it stands, until it ends, what
// the run before it told and this one may not have told again.
function last(place) {
  const said = [...document.querySelectorAll(shows)].find(({ dataset }) => dataset.figure === place);
  return said?.dataset.shows;
}

// What a press on an option of a list, or on the cross that takes it away, is told to lead to is
// drawn at once. It holds for one press: after that the page tells anew.
let spent = "";

function pressed(on) {
  const option = on?.closest?.('[role="option"], [data-tag] button');
  const now = document.querySelector(turn)?.dataset.turn;
  if (!option || now === spent || document.querySelector('[data-test-script-state="running"]')) return;
  const tag = option.closest("[data-tag]");
  const list = tag ? tag.closest('[data-testid="stMultiSelect"]').querySelector("input") : option.closest('[role="listbox"]');
  const press = [list?.ariaLabel, tag ? tag.ariaLabel : option.textContent].join(" | ");
  for (const { dataset } of document.querySelectorAll(comes)) {
    if (dataset.press === press) charts.get(dataset.coming)?.show(dataset.shows);
  }
  spent = now;
}

window.addEventListener("click", ({ target }) => pressed(target), true);
window.addEventListener(
  "keydown",
  ({ key, target }) => {
    if (key === "Enter") pressed(document.getElementById(target.getAttribute("aria-activedescendant")));
  },
  true,
);

class Chart {
  constructor(place, data) {
    this.data = data;
    this.box = place.querySelector(".chart");
    this.plot = this.box.querySelector(".plot");
    this.last = ""; // what came last
    this.shown = ""; // what was drawn last
    this.offered = ""; // its buttons, and their words
    this.size = { width: 0, height: 0 };
    this.box.style.height = high(data); // until it is drawn, and nothing under it moves
    this.box.addEventListener("pointerenter", () => this.clear());
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.box);
  }

  // Draw what came, where the figure has room; one that is hidden waits until it is seen.
  show(words) {
    this.last = words;
    this.draw().catch((failure) => {
      console.error(failure);
      this.plot.textContent = this.data.words.failed;
    });
  }

  async draw() {
    const { data, last } = this;
    if (!last || !this.box.clientWidth) return;
    const Plotly = window.Plotly ?? (await plotly());
    if (last !== this.last || !this.plot.isConnected) return; // something newer came
    const dark = isDark(this.box);
    const offered = JSON.stringify([data.config, data.words]);
    const now = [last, dark, offered].join();
    if (now === this.shown) return;
    let { figure, dark: changes, alt, chosen } = JSON.parse(last);
    if (dark) figure = otherwise(figure, changes);
    this.box.setAttribute("role", "figure");
    this.box.setAttribute("aria-label", alt);
    this.layout = figure.layout;
    this.box.style.height = high(figure.layout);
    this.size = this.room();
    figure.layout = { ...figure.layout, ...this.size };
    for (const [name, domain] of Object.entries(placed(this.layout, this.size.height))) {
      const axis = name.split(".")[0];
      figure.layout[axis] = { ...figure.layout[axis], domain };
    }
    figure.layout.modebar = { remove: [] };
    if (data.picks) Object.assign(figure.layout, { clickmode: "event", dragmode: "pan" });
    if (chosen) apart(figure.data, chosen);
    const anew = offered !== this.offered; // also in another language
    this.shown = now;
    this.offered = offered;
    this.box.classList.remove("crowded");
    await Plotly.react(this.plot, figure.data, figure.layout, anew ? this.config() : undefined);
    if (anew && data.picks) {
      this.plot.on("plotly_click", ({ points }) => {
        const name = points.map(({ customdata }) => carried(customdata)).find(Boolean);
        if (name) this.tell("picked", name);
      });
    }
  }

  config() {
    const { config, words } = this.data;
    const whole = { name: words.whole, title: words.whole, icon: ICON, click: () => this.whole() };
    return { ...config, displaylogo: false, modeBarButtonsToAdd: [whole] };
  }

  room() {
    const { box, dialog } = this;
    if (!dialog?.open) return { width: box.clientWidth, height: box.clientHeight };
    const above = dialog.firstChild.offsetHeight + 16;
    return { width: dialog.clientWidth, height: dialog.clientHeight - above };
  }

  // Fill the room there is, on paper no more of it than a sheet has.
  fit() {
    if (!this.shown) return this.show(this.last);
    const room = this.room();
    const [width, height] = [Math.min(room.width, most), room.height];
    if (!width || (width === this.size.width && height === this.size.height)) return;
    this.size = { width, height };
    const changes = { "modebar.remove": [], ...placed(this.layout, height) };
    this.box.classList.remove("crowded");
    window.Plotly.relayout(this.plot, { width, height, ...changes });
  }

  // Where the pointer comes, and buttons with it: leave out those that would cover the legend.
  async clear() {
    if (!this.covers()) return;
    await window.Plotly.relayout(this.plot, { "modebar.remove": LESS });
    this.box.classList.toggle("crowded", this.covers());
  }

  covers() {
    const boxes = (kind) => [...this.plot.querySelectorAll(kind)].map((each) => each.getBoundingClientRect());
    const named = boxes(".legendtext");
    return boxes(".modebar-btn").some((button) => named.some((each) => meet(button, each)));
  }

  // The figure alone, as large as the window; and back.
  whole() {
    if (this.dialog?.open) return this.dialog.close();
    if (!this.dialog) {
      this.dialog = document.createElement("dialog");
      const close = this.dialog.appendChild(document.createElement("button"));
      close.type = "button";
      close.onclick = () => this.dialog.close();
      this.dialog.onclose = () => {
        this.box.append(this.plot);
        this.fit();
      };
      this.box.append(this.dialog);
      this.sizes.observe(this.dialog);
    }
    this.dialog.setAttribute("aria-label", this.box.getAttribute("aria-label"));
    this.dialog.firstChild.textContent = this.data.words.close;
    this.dialog.append(this.plot);
    this.dialog.showModal();
    this.fit();
  }

  close() {
    this.sizes.disconnect();
    if (this.shown) window.Plotly.purge(this.plot);
  }
}

let most = Infinity; // pixels that a figure may be wide, however often its room changes
const fitted = (width) => () => {
  most = width;
  charts.forEach((chart) => chart.fit());
};
window.addEventListener("beforeprint", fitted(PAPER));
window.addEventListener("afterprint", fitted(Infinity));

// The place of a figure; called again where the page's look changes.
export default function ({ data, parentElement, setTriggerValue }) {
  const before = charts.get(data.place);
  const chart = before && parentElement.contains(before.box) ? before : new Chart(parentElement, data);
  charts.set(data.place, chart);
  chart.data = data;
  chart.tell = setTriggerValue;
  chart.show(last(data.place) ?? chart.last);
  return () => {
    chart.close();
    if (charts.get(data.place) === chart) charts.delete(data.place);
  };
}
