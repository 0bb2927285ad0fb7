// What a visitor takes away of a figure or a table: drawn by specification, not as the window is.
// Every word comes as data and is set as text; what draws lies beside this file, on our own server.

const FAMILY = "Hepar Sans";
const FONTS = { normal: "hepar-sans.woff2", bold: "hepar-sans-bold.woff2" };
const DPI = 300;
const INCH = 25.4; // millimetres
const LINE = 1.3; // of a line of words under a figure, in heights of its letters
const SVG = "http://www.w3.org/2000/svg";

const beside = (name) => new URL(name, import.meta.url);
let fetched = null;

// The library and the fonts, fetched when first asked for: gives the fonts as a style sheet.
function ready() {
  fetched ??= Promise.all([
    window.Plotly ?? import(beside("plotly.min.js")), // a figure of the page has it
    ...Object.entries(FONTS).map(face),
  ]).then(([, ...faces]) => faces.join(""));
  fetched.catch(() => (fetched = null));
  return fetched;
}

// One font: made known to this page, which measures words by it, and as a rule that holds it whole.
async function face([weight, name]) {
  const answer = await fetch(beside(name));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  document.fonts.add(await new FontFace(FAMILY, bytes, { weight }).load());
  const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const source = `url(data:font/woff2;base64,${data}) format("woff2")`;
  return `@font-face{font-family:"${FAMILY}";font-weight:${weight};src:${source}}`;
}

// A figure as a picture of its own size in millimetres, with the words under it if there are any.
export async function drawn({ spec, mm }, words = []) {
  const rules = await ready();
  const figure = JSON.parse(spec);
  const { width, height } = figure.layout;
  const options = { format: "svg", width, height, imageDataOnly: true };
  const said = await window.Plotly.toImage(figure, options);
  const [, chance] = said.match(/id="defs-([0-9a-f]+)"/); // in the names of its parts
  const same = said.replaceAll(chance, "");
  const svg = new DOMParser().parseFromString(same, "image/svg+xml").documentElement;
  const style = document.createElementNS(SVG, "style");
  style.textContent = rules;
  svg.prepend(style);
  const whole = height + under(svg, words, figure.layout);
  svg.setAttribute("viewBox", `0 0 ${width} ${whole}`);
  const high = (mm * whole) / width;
  svg.setAttribute("width", `${mm}mm`);
  svg.setAttribute("height", `${high.toFixed(2)}mm`);
  svg.setAttribute("style", "background:#fff");
  return { svg, mm, high };
}

// Write paragraphs under a figure, in lines that fit its width: gives the height that they take.
function under(svg, paragraphs, { width, height, font }) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${font.size}px "${FAMILY}"`;
  const lines = paragraphs.flatMap((said) => wrapped(said, width - 8, pen));
  if (!lines.length) return 0;
  const step = LINE * font.size;
  const taken = step * lines.length + font.size;
  const page = svg.appendChild(document.createElementNS(SVG, "rect"));
  const place = { x: 0, y: height, width, height: taken, fill: "#fff" };
  Object.entries(place).forEach(([name, value]) => page.setAttribute(name, value));
  const text = svg.appendChild(document.createElementNS(SVG, "text"));
  text.setAttribute("style", `font-family:${font.family};font-size:${font.size}px;fill:${font.color}`);
  lines.forEach((line, at) => {
    const part = text.appendChild(document.createElementNS(SVG, "tspan"));
    part.setAttribute("x", 4);
    part.setAttribute("y", height + step * (at + 1));
    part.textContent = line;
  });
  return taken;
}

function wrapped(said, room, pen) {
  const lines = [""];
  for (const word of said.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (!lines.at(-1) || pen.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const asText = (svg) => new XMLSerializer().serializeToString(svg);

// The picture as the bytes of a PNG that says how large it is on paper.
export async function asPng({ svg, mm, high }) {
  const [width, height] = [mm, high].map((size) => Math.round((size * DPI) / INCH));
  const sized = svg.cloneNode(true);
  sized.setAttribute("width", width);
  sized.setAttribute("height", height);
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(asText(sized))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(image, 0, 0, width, height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The picture is larger than this browser can paint.");
  return withSize(new Uint8Array(await blob.arrayBuffer()));
}

async function asBase64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

// A PNG with its pixels a metre, in the place that the format gives them: after the first chunk.
function withSize(png) {
  const first = 33;
  const chunk = new Uint8Array(21);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set(new TextEncoder().encode("pHYs"), 4);
  const metre = Math.round((DPI * 1000) / INCH);
  view.setUint32(8, metre);
  view.setUint32(12, metre);
  chunk[16] = 1;
  view.setUint32(17, check(chunk.subarray(4, 17)));
  return new Blob([png.subarray(0, first), chunk, png.subarray(first)], { type: "image/png" });
}

// The checksum of a chunk of a PNG (ISO 3309).
function check(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const FORMATS = {
  png: asPng,
  svg: async ({ svg }) => new Blob([asText(svg)], { type: "image/svg+xml" }),
};

// Put words and rich text on the clipboard, also where the page is not served over TLS.
function copy({ html, plain }) {
  let done = false;
  const put = (event) => {
    event.clipboardData.setData("text/plain", plain);
    if (html) event.clipboardData.setData("text/html", html);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = true;
  };
  document.addEventListener("copy", put, true);
  try {
    document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", put, true);
  }
  if (!done) throw new Error("This browser does not let the page copy.");
}

function button(label, does, said, words) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.onclick = async () => {
    made.disabled = true;
    said.textContent = "";
    try {
      await does();
      said.textContent = words.done;
    } catch (failure) {
      console.error(failure);
      said.textContent = words.failed;
    } finally {
      made.disabled = false;
    }
  };
  return made;
}

// Draw the buttons; `data` is what lib/ui/taking.py says.
export default function ({ data, parentElement, setStateValue }) {
  const place = parentElement.querySelector(".taking");
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const { words } = data;
  const rows = (data.sizes ?? []).map((size) => {
    const row = document.createElement("div");
    const name = row.appendChild(document.createElement("span"));
    name.textContent = size.name;
    for (const [format, made] of Object.entries(FORMATS)) {
      const file = `${data.file}-${size.mm}mm.${format}`;
      const does = async () => save(await made(await drawn(size, lines())), file);
      const shown = button(words[format], does, said, { ...words, done: words.saved });
      shown.title = `${words[format]}, ${size.name}`;
      shown.setAttribute("aria-label", shown.title);
      row.append(shown);
    }
    return row;
  });
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  const lines = () => (box.checked ? data.under : []);
  if (data.under?.length) {
    const label = document.createElement("label");
    label.append(box, words.under);
    rows.push(label);
  }
  if (data.draw) {
    const { name, mm, pictures } = data.draw;
    const does = async () => {
      const images = {};
      for (const [key, spec] of Object.entries(pictures)) {
        const picture = await drawn({ spec, mm });
        images[key] = { svg: asText(picture.svg), png: await asBase64(await asPng(picture)) };
      }
      setStateValue("images", images);
    };
    rows.push(button(name, does, said, { ...words, done: words.drawn }));
  }
  const copies = document.createElement("div");
  copies.append(
    ...(data.copies ?? []).map((each) =>
      button(each.name, () => copy(each), said, { ...words, done: words.copied }),
    ),
  );
  place.replaceChildren(...rows, copies, said);
}
