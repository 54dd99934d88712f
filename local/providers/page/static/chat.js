// Conversations as the person with the phone sees them: own messages at the right, the answers at the left.

import { empty, followEnd, h, link, sync, time } from "./dom.js";
import { whatsapp } from "./marks.js";

const KINDS = { unsupported: "Mensaje de un tipo no admitido", template: "Plantilla", audio: "Audio", video: "Vídeo", sticker: "Sticker" };
const STATUSES = { sent: "enviado", delivered: "entregado", read: "leído", failed: "no entregado", played: "reproducido" };
const TYPING_S = 60;
let chosen = null;

export function drawChats(view) {
  const people = document.getElementById("people");
  const box = document.getElementById("chat");
  const current = view.chats.find((chat) => chat.user === chosen) ?? view.chats[0];
  const names = view.chats.map((chat) => ({
    user: chat.user, name: chat.name, count: chat.items.length, on: chat.user === current?.user,
  }));
  sync(people, names, (item) => item.user, (item) =>
    h("button", {
      type: "button", "aria-pressed": String(item.on), title: item.user,
      onclick: () => { chosen = item.user; drawChats(view); },
    }, item.name, h("b", {}, item.count)));
  if (!current) {
    empty(box, "Sin mensajes todavía. Manda una foto de un recibo y verás aquí la respuesta.");
    return;
  }
  if (box.dataset.user !== current.user) box.replaceChildren();
  box.dataset.user = current.user;
  followEnd(box, () => sync(box, items(current), (item) => item.id, bubble));
}

function items(chat) {
  const byId = Object.fromEntries(chat.items.map((item) => [item.id, item]));
  const shown = chat.items.map((item) => ({ ...item, quoted: item.reply_to ? summary(byId[item.reply_to]) : null }));
  const last = chat.items.at(-1);
  if (last?.side === "user" && last.typing && Date.now() / 1000 - last.at < TYPING_S) shown.push({ id: "typing", side: "business", typing: true });
  return shown;
}

function summary(item) {
  return item ? { kind: item.kind, text: item.text, media: item.media, mime: item.mime } : null;
}

function bubble(item) {
  if (item.id === "typing") return h("div", { class: "bubble business typing", "aria-label": "escribiendo" }, h("i"), h("i"), h("i"));
  return h("article", { class: `bubble ${item.side}`, "aria-label": item.side === "user" ? "Mensaje del usuario" : "Respuesta" },
    item.quoted && quote(item.quoted), media(item), KINDS[item.kind] && h("p", { class: "note" }, KINDS[item.kind]),
    item.text && h("p", {}, ...whatsapp(item.text)), footer(item));
}

function quote(item) {
  return h("div", { class: "quote" }, isPicture(item) && h("img", { src: item.media, alt: "" }),
    h("span", {}, item.text || (isPicture(item) ? "Foto" : item.kind)));
}

function media(item) {
  if (isPicture(item)) {
    return link(item.media, h("img", { src: item.media, alt: "Foto enviada; se abre aparte" }));
  }
  if (item.kind === "document" && (item.media || item.link)) {
    return h("p", { class: "file" }, h("span", { class: "tag" }, "documento"), " ", link(item.media ?? item.link, item.filename ?? "Documento"));
  }
  return ["image", "document"].includes(item.kind) && h("p", { class: "note" }, "Archivo que ya no está");
}

const isPicture = (item) => Boolean(item.media && item.mime?.startsWith("image/"));

function footer(item) {
  const status = item.side === "business" ? STATUSES[item.statuses?.at(-1)] : item.read && "leído";
  return h("footer", {}, time(item.at), status && h("span", { class: status === "no entregado" ? "bad" : "ticks" }, `✓ ${status}`));
}
