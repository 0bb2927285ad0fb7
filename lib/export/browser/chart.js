// A figure that stays in its place while what it shows changes: Plotly brings it up to date.
// All of it comes as data of lib/ui/charts.py; the library lies beside this file, on our server.

const LIBRARY = new URL("plotly.min.js?v=4.1.1", import.meta.url);
const CORNERS = "M0 0h160v64H64v96H0zM288 0h160v160h-64V64h-96zM0 288h64v96h96v64H0zM384 288h64v160H288v-64h96z";
const ICON = { width: 448, height: 448, path: CORNERS };
const DARK = 0.5; // a page whose ground is less light than that is a dark one
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

class Chart {
  constructor(place) {
    this.box = place.querySelector(".chart");
    this.plot = this.box.querySelector(".plot");
    this.shown = ""; // what was drawn last
    this.offered = ""; // its buttons, and their words
    this.size = { width: 0, height: 0 };
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.box);
  }

  // Draw what came, where the figure has room; one that is hidden waits until it is seen.
  show(data, tell) {
    this.data = data;
    this.tell = tell;
    this.box.setAttribute("role", "figure");
    this.box.setAttribute("aria-label", data.alt);
    return this.draw();
  }

  async draw() {
    const { data } = this;
    if (!this.box.clientWidth) return;
    const Plotly = window.Plotly ?? (await plotly());
    if (data !== this.data || !this.plot.isConnected) return; // something newer came
    const dark = isDark(this.box);
    const offered = JSON.stringify([data.config, data.words]);
    const now = [data.figure, data.chosen, dark, offered].join();
    if (now === this.shown) return;
    let figure = JSON.parse(data.figure);
    if (dark) figure = otherwise(figure, JSON.parse(data.dark));
    this.height = figure.layout.height;
    this.size = this.room();
    Object.assign(figure.layout, this.size, data.picks ? { clickmode: "event", dragmode: "pan" } : {});
    if (data.chosen) apart(figure.data, data.chosen);
    const anew = offered !== this.offered; // also in another language
    this.shown = now;
    this.offered = offered;
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
    const { box, dialog, height } = this;
    if (!dialog?.open) return { width: box.clientWidth, height };
    const above = dialog.firstChild.offsetHeight + 16;
    return { width: dialog.clientWidth, height: dialog.clientHeight - above };
  }

  fit() {
    if (!this.shown) return void this.show(this.data, this.tell);
    const { width, height } = this.room();
    if (!width || (width === this.size.width && height === this.size.height)) return;
    this.size = { width, height };
    window.Plotly.relayout(this.plot, { width, height });
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
    this.dialog.setAttribute("aria-label", this.data.alt);
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

const charts = new WeakMap(); // by the place of each

export default function ({ data, parentElement, setTriggerValue }) {
  if (!charts.has(parentElement)) charts.set(parentElement, new Chart(parentElement));
  const chart = charts.get(parentElement);
  chart.show(data, setTriggerValue).catch((failure) => {
    console.error(failure);
    chart.plot.textContent = data.words.failed;
  });
  return () => {
    chart.close();
    charts.delete(parentElement);
  };
}
