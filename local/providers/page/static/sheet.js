// The sheet as a table: letters, row numbers, a header that stays, numbers at the right.

import { empty, h, link, number, sync } from "./dom.js";

const SHARES = { owner: "propia", editor: "compartida (editar)", reader: "compartida (solo leer)", none: "no compartida" };
let chosen = null;
let drawnFor = null;

export function drawSheet(view) {
  const tabs = view.books.flatMap((book) => book.tabs.map((tab) => ({ book, tab, key: `${book.id}/${tab.title}` })));
  const current = tabs.find((one) => one.key === chosen) ?? tabs.find((one) => one.tab.total) ?? tabs[0];
  drawTabs(tabs, current, () => drawSheet(view));
  const box = document.getElementById("sheet");
  if (!current || !current.tab.total) {
    drawnFor = null;
    empty(box, "La hoja está vacía: aquí aparecerá una fila por cada recibo.");
    return;
  }
  const width = Math.max(...current.tab.rows.map((row) => row.cells.length));
  const layout = `${current.key}/${width}`;
  if (drawnFor !== layout) box.replaceChildren(frame(current, width));
  const [head, ...rows] = current.tab.rows;
  sync(box.querySelector("thead"), [{ letters: width }, head], (row) => row.number ?? "letters", (row) => headRow(row, width));
  const fresh = sync(box.querySelector("tbody"), rows, (row) => row.number, (row) => bodyRow(row, width));
  if (drawnFor === layout) fresh.forEach((row) => row.classList.add("fresh"));
  drawnFor = layout;
}

function drawTabs(tabs, current, redraw) {
  const box = document.getElementById("tabs");
  const items = tabs.map(({ book, tab, key }) => ({
    key, label: tab.title, share: book.share, rows: Math.max(0, tab.total - 1), on: key === current?.key,
  }));
  sync(box, items, (item) => item.key, (item) =>
    h("button", {
      type: "button", "aria-pressed": String(item.on), title: SHARES[item.share],
      onclick: () => { chosen = item.key; redraw(); },
    }, item.label, h("b", {}, number.format(item.rows)), item.share === "none" && h("span", { class: "tag bad" }, "no compartida")));
}

function frame({ book, tab }, width) {
  return h("table", {},
    h("caption", {}, `Hoja «${tab.title}» del documento «${book.title}», ${SHARES[book.share]}; ${width} columnas.`),
    h("thead"), h("tbody"));
}

function headRow(row, width) {
  if (row.letters) {
    const letters = Array.from({ length: width }, (_, index) => h("td", { "aria-hidden": "true" }, letter(index)));
    return h("tr", { class: "letters" }, h("td", { class: "gutter" }), letters);
  }
  const cells = pad(row.cells, width).map((cell) => h("th", { scope: "col" }, cell.text));
  return h("tr", {}, h("td", { class: "gutter" }, row.number), cells);
}

function bodyRow(row, width) {
  const cells = pad(row.cells, width).map((cell) =>
    h("td", { class: cell.kind, title: cell.text.length > 40 ? cell.text : null }, content(cell)));
  return h("tr", {}, h("th", { scope: "row", class: "gutter" }, row.number), cells);
}

function content(cell) {
  if (cell.kind === "formula") return [h("span", { class: "tag bad" }, "fórmula"), cell.text];
  return cell.text.startsWith("http") ? link(cell.text, "abrir ↗") : cell.text;
}

const pad = (cells, width) => [...cells, ...Array(width - cells.length).fill({ text: "", kind: "text" })];

function letter(index) {
  return index < 26 ? String.fromCharCode(65 + index) : letter(Math.floor(index / 26) - 1) + letter(index % 26);
}
